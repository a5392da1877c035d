"""The sentence about money in a preview."""

from triton_serving.rules.azure_gpu_sizes import SIZES
from triton_serving.rules.azure_prices import PRICES, PRICES_DATE, cost_line

A100 = {"name": "gpu", "vmSize": "Standard_NC24ads_A100_v4", "maxCount": 3}
SYSTEM = ("Standard_D4ds_v5", 1)


def test_every_gpu_size_and_the_default_system_size_have_a_price():
    assert SIZES.keys() <= PRICES.keys()
    assert SYSTEM[0] in PRICES


def test_it_counts_gpu_hours_and_dollars_at_the_fewest_and_the_most_nodes():
    line = cost_line([A100], SYSTEM)
    assert line.startswith("0 to 3 GPU-hours and $0.23 to $11.25 an hour, $164.98 to $8,208.85 a month of 730 hours")
    assert "0 to 3 of Standard_NC24ads_A100_v4 at $3.673, 1 of Standard_D4ds_v5 at $0.226" in line
    assert f"on {PRICES_DATE}, no promise" in line


def test_a_fixed_number_of_nodes_gives_one_figure():
    assert cost_line([{**A100, "count": 2}]).startswith("2 GPU-hours and $7.35 an hour, $5,362.58 a month")


def test_a_node_with_eight_gpus_counts_eight_and_a_slice_its_part():
    assert cost_line([{"vmSize": "Standard_ND96isr_H100_v5", "count": 1}]).startswith("8 GPU-hours")
    assert cost_line([{"vmSize": "Standard_NV12ads_A10_v5", "count": 1}]).startswith("0.333 GPU-hours")


def test_the_users_own_prices_come_first_and_are_not_called_list_prices():
    line = cost_line([A100], None, {"Standard_NC24ads_A100_v4": 1.0})
    assert "$0.00 to $3.00 an hour" in line
    assert "list prices" not in line


def test_a_size_without_a_price_is_named_and_not_counted_as_free():
    line = cost_line([A100], ("Standard_D48s_v9", 1))
    assert "without Standard_D48s_v9, whose price is not known here: say it in 'prices'" in line


def test_spot_nodes_are_counted_in_full_and_it_says_so():
    line = cost_line([{**A100, "spot": True}])
    assert "$11.02 an hour" in line
    assert "spot nodes counted at the full price" in line


def test_a_cluster_without_nodes_of_ours_costs_nothing_and_says_so():
    assert cost_line([]).startswith("0 GPU-hours and $0.00 an hour, $0.00 a month of 730 hours (no nodes)")
