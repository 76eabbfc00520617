import pytest

from namegate_policy.naming.values import Size, Version, read_size, read_version

B, M = 10**9, 10**6
SIZES = [
    (["7B"], Size("7B", 7 * B, B)),
    (["0.5b"], Size("0.5b", B // 2, 100 * M)),
    (["0_5b"], Size("0_5b", B // 2, 100 * M)),
    (["1p5B"], Size("1p5B", 1_500 * M, 100 * M)),
    (["1b7"], Size("1b7", 1_700 * M, 100 * M)),
    (["350M"], Size("350M", 350 * M, M)),
    (["1.5T"], Size("1.5T", 1500 * B, 100 * B)),
    (["8x7B"], Size("8x7B", experts=8, expert_parameters=7 * B)),
    (["11Bx2"], Size("11Bx2", experts=2, expert_parameters=11 * B)),
    (["30B", "A3B"], Size("30B-A3B", 30 * B, B, active_parameters=3 * B)),
    (["base"], Size("base", word="base")),
    (["Small", "24B"], Size("Small-24B", 24 * B, B, word="small")),
    (["10.7B"], Size("10.7B", 10_700 * M, 100 * M)),
]


@pytest.mark.parametrize(("texts", "size"), SIZES)
def test_sizes(texts: list[str], size: Size) -> None:
    assert read_size(texts) == size


def test_no_size() -> None:
    assert read_size([]) is None


RELEASES = [
    ("v2.1", (2, 1)), ("3", (3,)), ("2-1", (2, 1)), ("3_1", (3, 1)), ("2p1", (2, 1)), ("V1.01", (1, 1)),
    ("o1", (1,)), ("Two", (2,)),
]  # fmt: skip
DATES = [
    ("2507", (2025, 7)), ("20240229", (2024, 2, 29)), ("2024-08-06", (2024, 8, 6)), ("240806", (2024, 8, 6)),
    ("0324", (0, 3, 24)),
]  # fmt: skip
STEPS = [("step1000", 1000), ("2.5k-steps", 2500), ("checkpoint-500", 500), ("epoch3", 3), ("replicate-1", 1)]
PRE_RELEASES = [
    ("beta", ("beta", 0)),
    ("preview", ("preview", 0)),
    ("rc2", ("rc", 2)),
    ("alpha", ("alpha", 0)),
]


@pytest.mark.parametrize(("text", "release"), RELEASES)
def test_releases(text: str, release: tuple[int, ...]) -> None:
    assert (read_version(text).release, read_version(text).text) == (release, text)


@pytest.mark.parametrize(("text", "date"), DATES)
def test_dates(text: str, date: tuple[int, ...]) -> None:
    assert read_version(text).date == date


@pytest.mark.parametrize(("text", "step"), STEPS)
def test_steps(text: str, step: int) -> None:
    assert read_version(text).step == step


@pytest.mark.parametrize(("text", "pre_release"), PRE_RELEASES)
def test_pre_releases(text: str, pre_release: tuple[str, int]) -> None:
    assert read_version(text).pre_release == pre_release


ASCENDING = [
    ["v1", "v1.5-beta", "v1.5-rc1", "v1.5", "v1.5.1", "2", "v2.1", "v10"],
    ["2407", "20240801", "2501", "2507"],
    ["step500", "step1k", "2.5k-steps"],
    ["alpha", "beta", "preview", "rc1", "rc2"],
]


@pytest.mark.parametrize("texts", ASCENDING)
def test_versions_compare_by_value(texts: list[str]) -> None:
    versions = [read_version(text) for text in texts]
    backwards = versions[::-1]
    assert sorted(backwards) == versions
    assert all(a.comparable(b) for a in versions for b in versions) or texts[0] == "alpha"


def test_equal_versions() -> None:
    assert read_version("v2") == read_version("2.0")
    assert hash(read_version("v2")) == hash(read_version("2.0"))
    assert read_version("v2") != read_version("v2.1")
    assert read_version("odd") != read_version("even")


def test_a_release_and_a_date_do_not_compare() -> None:
    assert not Version("3", release=(3,)).comparable(Version("2507", date=(2025, 7)))
