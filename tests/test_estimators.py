"""Every estimator against what was published, against closed forms, and on tables that no one would make on purpose."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln
from tests.conftest import SHARED
from tests.tries import tries

from fullcount.capture import Capture, load
from fullcount.estimator import Estimated, Estimator, NotIdentifiedError, applied
from fullcount.estimators import ESTIMATORS, averaged, bma, bootstrap, coverage, latent, lincoln_petersen, profile, stepwise
from fullcount.estimators.bounded import bounded
from fullcount.estimators.canonical import canonical
from fullcount.estimators.chao import CHAO
from fullcount.estimators.chapman import CHAPMAN
from fullcount.estimators.fitted import fitted
from fullcount.estimators.graphs import decomposable
from fullcount.estimators.interval import normal
from fullcount.estimators.loglinear import best, of_model
from fullcount.estimators.mixture import Mixture
from fullcount.estimators.models import chosen, design, hierarchical_models, of_generators, pair_models
from fullcount.estimators.mth import DARROCH, GAMMA, POISSON2
from fullcount.estimators.poisson import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KNOWN = SHARED / "known_answers"
PAGE = Path(__file__).resolve().parents[1] / "docs/reference/estimators.md"
ANSWERS: list[dict[str, Any]] = json.loads((KNOWN / "expected.json").read_text("utf-8")) if KNOWN.is_dir() else []
DRAWN = {"latent", "bootstrap", "bootstrap-all"}
CHEAP = [one for one in ESTIMATORS if one.name not in {*DRAWN, "profile"}]


def table(*counts: float) -> Capture:
    k = int(math.log2(len(counts)))
    return Capture(families=tuple("abcdefghij"[:k]), counts=np.array(counts, np.float64))


@lru_cache
def known(name: str) -> Capture:
    return load(KNOWN / f"{name}.csv")


def two(name: str) -> Capture:
    with (KNOWN / "two_list.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        [row] = [one for one in rows if one["id"] == name]
    n1, n2, m = (int(row[one]) for one in ("n1", "n2", "m"))
    return table(0, n1 - m, n2 - m, m)


# -- what was published --------------------------------------------------------------------------------------------------


def _model(capture: Capture, calc: dict[str, Any]) -> float:
    kinds = {"poisson2": POISSON2, "darroch": DARROCH}
    made = kinds[calc["extra"]].estimate(capture) if "extra" in calc else of_model(capture, calc["gens"])
    found = {"N": made.n, "se": made.se, "bic": made.bic}[calc["key"]]
    assert found is not None
    return found


def _best(capture: Capture, calc: dict[str, Any]) -> float:
    models = pair_models(capture.k) if calc["order"] == 2 else hierarchical_models(capture.k)
    return best(capture, models, by=calc["crit"]).n


def _count(capture: Capture, calc: dict[str, Any]) -> float:
    return float(fitted(capture, hierarchical_models(capture.k)).is_sound.sum())


def _profile(capture: Capture, calc: dict[str, Any]) -> list[float | None]:
    made = profile.estimate(capture) if calc.get("pairs") else profile.of_model(capture, calc["gens"])
    return [made.n, made.low, made.high]


def _without_the_always_seen(capture: Capture, calc: dict[str, Any]) -> float:
    used = np.ones(1 << capture.k, np.bool_)
    used[-1] = False
    model = chosen([of_generators(capture.k)], capture.k)
    return capture.seen + float(fit(design(capture.k), capture.counts, model, used=used).unseen[0])


def _coverage(capture: Capture, calc: dict[str, Any]) -> list[float]:
    found = coverage.covered(capture.k, capture.counts[None])
    return [float(one[0]) for one in (found.coverage, found.n0, found.n, found.n1)]


def _madigan_york(capture: Capture) -> bma.Posterior:
    prior = bma.negative_binomial(13.14, 55.17)
    return bma.posterior(capture, unseen=np.arange(1.0, 301), delta=1, prior=prior, graphs=decomposable(3))


def _downs(capture: Capture, calc: dict[str, Any]) -> list[float]:
    found = bma.posterior(capture, unseen=np.arange(1.0, 301), delta=0.5)
    return [found.mean, found.mode]


def _spina(capture: Capture, calc: dict[str, Any]) -> list[float]:
    found = _madigan_york(capture)
    return [found.relative, found.mode, found.graphs[0][1]]


def _spina_interval(capture: Capture, calc: dict[str, Any]) -> list[float]:
    found = _madigan_york(capture)
    return [found.mean, *(found.quantile(one) for one in (0.025, 0.5, 0.975))]


def _pairs(capture: Capture, calc: dict[str, Any]) -> list[float]:
    return [CHAPMAN.estimate(capture.margin(pair)).n for pair in combinations(range(capture.k), 2)]


def _wald(capture: Capture, calc: dict[str, Any]) -> list[float]:
    made = lincoln_petersen.estimate(capture)
    assert made.se
    return [made.n - normal(0.95) * made.se, made.n + normal(0.95) * made.se]


CALCULATED: dict[str, Callable[[Capture, dict[str, Any]], Any]] = {
    "model": _model,
    "best": _best,
    "count": _count,
    "profile": _profile,
    "bma": lambda capture, _: bma.posterior(capture).mean,
    "stepwise": lambda capture, _: stepwise.estimate(capture).n,
    "hare111111": _without_the_always_seen,
    "chao_t": lambda capture, _: CHAO.estimate(capture).n,
    "sc": _coverage,
    "nothree": lambda capture, _: of_model(capture, [(0, 1), (0, 2), (1, 2)]).n,
    "pairs": _pairs,
    "bma_downs": _downs,
    "bma_spina": _spina,
    "bma_spina_ci": _spina_interval,
    "mt_long": lambda capture, _: of_model(capture).n,
    "lp": lambda capture, _: lincoln_petersen.estimate(capture).n,
    "lp_ci": _wald,
    "lcm": lambda capture, _: float(np.median(latent.sampled(capture).draws)),
}


@lru_cache
def calculated(number: int) -> tuple[list[float], list[float], float]:
    """What an answer is here and what it must be, to its tolerance."""
    answer = ANSWERS[number]
    kind, _, name = answer["dataset"].rpartition(":")
    found = CALCULATED[answer["calc"]["fn"]](two(name) if kind else known(name), answer["calc"])
    must = answer["expected"]
    return (found, must, answer["tol"]) if isinstance(found, list) else ([found], [must], answer["tol"])


@pytest.mark.real
@pytest.mark.skipif(not ANSWERS, reason="no ../shared here")
def test_every_known_answer_is_there():
    assert len(ANSWERS) >= 35
    assert {one["calc"]["fn"] for one in ANSWERS} == CALCULATED.keys()


@pytest.mark.real
@pytest.mark.parametrize("number", range(len(ANSWERS)), ids=[f"{one['dataset']}: {one['what']}" for one in ANSWERS])
def test_known_answer(number):
    found, must, tolerance = calculated(number)
    assert found == pytest.approx(must, abs=tolerance, rel=0)


@pytest.mark.real
@pytest.mark.skipif(not ANSWERS, reason="no ../shared here")
def test_the_page_of_estimators_shows_the_known_answers():
    rows = re.findall(r"^\| (\S+) \| (.+?) \| ([^|]*) \| ([\d., ]+) \| ([\d., ]+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    shown = {(dataset, what): [float(one.replace(",", "")) for one in here.split()] for dataset, what, _, _, here in rows}
    assert shown.keys() == {(one["dataset"], one["what"]) for one in ANSWERS}
    for number, answer in enumerate(ANSWERS):
        found, _, tolerance = calculated(number)
        assert shown[answer["dataset"], answer["what"]] == pytest.approx(found, abs=max(tolerance, 0.051), rel=0)


def test_the_page_of_estimators_names_each_with_its_paper():
    text = PAGE.read_text("utf-8")
    for one in ESTIMATORS:
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{one.name}` |")]
        assert one.reference in row
        assert row.split(" | ")[1] == (f"{one.least} to {one.most}" if one.most > one.least else str(one.least))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
def test_latent_classes_with_longer_chains(seed):
    # LCMCR 0.4.14, three seeds: 10,403, 10,358, 10,385
    assert np.median(latent.sampled(known("kosovo"), seed=seed, burn=5000, kept=20_000).draws) == pytest.approx(10400, abs=250)


@pytest.mark.real
@pytest.mark.slow
def test_uk_slavery_all_hierarchical_models():
    # docs/articles/reproduce-2024.md of bernardsilverman/MultipleSystemsEstimation
    assert best(known("uk_slavery5"), hierarchical_models(5), by="bic").n == pytest.approx(25311, abs=1)


@pytest.mark.real
def test_scotland_with_former_members_as_a_bound():
    # by another program of this method, averaged over draws: 34,776 and 25,299
    capture = known("scotland_pwid")
    raw, held = averaged.estimate(capture), averaged.estimate(capture, bounded_by=3)
    assert raw.n == pytest.approx(34776, rel=0.02)
    assert held.n == pytest.approx(25299, rel=0.02)


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("models", "tried", "replicates", "published"),
    [(pair_models, 20, 2000, (12451, 16273)), (hierarchical_models, 113, 1000, (6947, 18010))],
)
def test_kosovo_bootstrap_interval(models, tried, replicates, published):
    # Silverman, Chan & Vincent 2024, table 6: accelerated there, not here
    capture = known("kosovo")
    unseen, _, draws = bootstrap.resampled(capture, models(4), replicates=replicates, tried=tried)
    ends = bootstrap.corrected(draws, unseen, 0.95)
    assert tuple(capture.seen + one for one in ends) == pytest.approx(published, rel=0.05)


# -- closed forms --------------------------------------------------------------------------------------------------------

cells = st.integers(1, 2000)


@tries(200)
@given(st.lists(cells, min_size=7, max_size=7))
def test_all_pairs_of_three_families_is_its_closed_form(counts):
    y = [0, *counts]
    made = of_model(table(*y), [(0, 1), (0, 2), (1, 2)])
    closed = y[7] * y[1] * y[2] * y[4] / (y[3] * y[5] * y[6])
    assert made.n == pytest.approx(sum(y) + closed, rel=1e-7)


@tries(200)
@given(st.lists(cells, min_size=3, max_size=3))
def test_independence_of_two_families_is_lincoln_and_petersen(counts):
    capture = table(0, *counts)
    made, plain = of_model(capture), lincoln_petersen.estimate(capture)
    assert (made.n, made.low, made.high) == pytest.approx((plain.n, plain.low, plain.high), rel=1e-6)
    assert dict(lincoln_petersen.by_odds(capture))[1.0] == pytest.approx(plain.n)


@tries(100)
@given(st.lists(st.integers(1, 200), min_size=3, max_size=3))
def test_bma_of_two_families_is_its_closed_form(counts):
    capture = table(0, *counts)
    unseen = np.arange(2000.0)
    n, (n1, n2), d = capture.seen + unseen, (capture.of(0), capture.of(1)), 0.5
    # independent families whose probabilities are Beta(1/2, 1/2), under p(N) = 1/N
    logs = sum(gammaln(one + d) + gammaln(n - one + d) - gammaln(n + 1) for one in (n1, n2))
    logs += gammaln(n + 1) - gammaln(unseen + 1) - np.log(n)
    share = np.exp(logs - logs.max())
    assert bma.posterior(capture, unseen=unseen).probability == pytest.approx(share / share.sum(), abs=1e-9)


@pytest.mark.parametrize("capture", [table(0, 40, 30, 12, 25, 9, 8, 5), table(0, 400, 30, 12, 25, 90, 8, 5)])
def test_bma_leaves_out_of_its_grid_only_what_does_not_matter(capture):
    whole, own = bma.posterior(capture, unseen=np.arange(20_000.0)), bma.posterior(capture)
    assert own.mean == pytest.approx(whole.mean, rel=1e-3)
    assert own.quantile(0.5) == whole.quantile(0.5)
    large = Capture(families=capture.families, counts=capture.counts * 1000)
    ratio = bma.posterior(large).mean / bma.posterior(large).seen
    assert ratio == pytest.approx(of_limit(large), rel=1e-3)


def of_limit(capture: Capture) -> float:
    """With very many hosts the best graph is the best of the corresponding log-linear models."""
    return best(capture, hierarchical_models(3)[:7], by="bic").n / capture.seen


def test_quantiles_of_a_mixture_are_those_of_its_draws():
    mixture = Mixture(
        weights=np.array([0.5, 0.3, 0.2]),
        base=np.array([10.0, 10, 5]),
        unseen=np.array([4.0, 40, 0]),
        spread=np.array([0.2, 1, 0]),
    )
    drawn = mixture.draws(200_000, 1)
    assert mixture.quantile(0.1) == pytest.approx(5)  # nothing unseen: all of it is at its floor
    for share in (0.3, 0.5, 0.9):
        assert mixture.quantile(share) == pytest.approx(np.quantile(drawn, share), rel=0.02)
    assert mixture.deviation() == pytest.approx(drawn.std(), rel=0.1)


# -- any table -----------------------------------------------------------------------------------------------------------

EMPTY = [0.0] * 15
ODD = {
    "nothing": table(*[0] * 8),
    "one cell": table(0, 0, 0, 0, 0, 0, 0, 5),
    "one pair": table(0, 0, 0, 5, 0, 0, 0, 0),
    "a family that saw nothing": table(0, 5, 3, 2, 0, 0, 0, 0),
    "never together": table(0, 5, 3, 0, 7, 0, 0, 0),
    "one host together": table(0, 5, 3, 1, 7, 0, 0, 0),
    "a family within another": table(0, 50, 0, 30, 20, 5, 0, 7),
    "two families, one within the other": table(0, 50, 0, 30),
    "two families, one host": table(0, 0, 0, 1),
    "two families, few together": table(0, 50, 40, 3),
    "pairs only": table(0, 0, 0, 10, 0, 10, 10, 0),
    "a chain": table(0, 10, 10, 3, 10, 0, 4, 0, 10, 0, 0, 0, 5, 0, 0, 0),
    "a billion": table(0, *(1e9 * (1 + one) for one in range(15))),
    "a trillion": table(0, *([1e12] * 15)),
    "parts of hosts": table(0, *(0.3 + one / 7 for one in range(15))),
    "one host": table(0, 1, *EMPTY[:-1]),
    "four families, one cell": table(*EMPTY, 3),
    "eight families": table(0, *(float(one % 11 == 3) * (one % 5) for one in range(1, 256))),
}


def tried(estimator: Estimator, capture: Capture) -> Estimated | NotIdentifiedError:
    try:
        return applied(estimator, capture)
    except NotIdentifiedError as error:
        return error


def checked(estimator: Estimator, capture: Capture) -> None:
    made = tried(estimator, capture)
    if isinstance(made, NotIdentifiedError):
        assert len(str(made).split()) > 3  # a reason in words
        return
    assert all(math.isfinite(one) for one in (made.n, made.low, made.high, made.se) if one is not None)
    least = capture.seen if "bounded" not in estimator.name else capture.seen - max(capture.counts)
    assert made.n >= least * (1 - 1e-9)
    assert made.low is None or least * (1 - 1e-9) <= made.low <= made.n * (1 + 1e-6)
    assert made.high is None or made.high >= made.n * (1 - 1e-6)
    assert made.draws is None or (np.isfinite(made.draws).all() and made.draws.min() >= least * (1 - 1e-9))


@pytest.fixture
def quick(monkeypatch):
    """Few draws: it is the odd that is tried, not the number."""
    for module, name, number in ((latent, "BURN", 20), (latent, "KEPT", 50), (bootstrap, "REPLICATES", 40)):
        monkeypatch.setattr(module, name, number)


@pytest.mark.parametrize("capture", ODD.values(), ids=ODD)
def test_odd_table_gives_a_number_or_a_reason(capture, quick):
    more = bounded(capture, 0) if capture.k > 2 else ()
    for estimator in (*ESTIMATORS, *more):
        checked(estimator, capture)


@tries(300)
@given(st.integers(2, 3).flatmap(lambda k: st.lists(st.integers(0, 30), min_size=2**k - 1, max_size=2**k - 1)))
def test_any_table_gives_a_number_or_a_reason(counts):
    for estimator in CHEAP:
        checked(estimator, table(0, *counts))


def relabelled(capture: Capture, order: Sequence[int]) -> Capture:
    return capture.margin(order)


@tries(60)
@given(st.lists(st.integers(0, 60), min_size=7, max_size=7), st.permutations(range(3)))
def test_labels_do_not_matter(counts, order):
    capture = table(0, *counts)
    other = relabelled(capture, order)
    assert canonical(capture).counts == pytest.approx(canonical(other).counts)
    for estimator in CHEAP:
        made, same = tried(estimator, capture), tried(estimator, other)
        if isinstance(made, NotIdentifiedError) or isinstance(same, NotIdentifiedError):
            assert type(made) is type(same), estimator.name
        else:
            assert made.n == pytest.approx(same.n, rel=1e-6), estimator.name


def test_labels_do_not_matter_where_something_is_drawn(quick):
    capture = table(0, *(7, 30, 12, 9, 22, 14, 6, 41, 5, 8, 3, 11, 2, 9, 4))
    for estimator in ESTIMATORS:
        if estimator.name in DRAWN and estimator.least <= 4:
            made, other = applied(estimator, capture), applied(estimator, relabelled(capture, [2, 0, 3, 1]))
            assert (made.n, made.low, made.high) == (other.n, other.low, other.high)
            again = applied(estimator, capture, seed=2)
            assert made.draws is not None
            assert again.draws is not None
            assert not np.array_equal(made.draws, again.draws)


def test_hosts_that_no_family_saw_are_not_looked_at(quick):
    counts = (7, 30, 12, 9, 22, 14, 6, 41, 5, 8, 3, 11, 2, 9, 4)
    plain, told = table(0, *counts), table(500, *counts)
    for estimator in (*ESTIMATORS, *bounded(plain, 2)):
        if estimator.least <= plain.k <= estimator.most:
            made, same = applied(estimator, plain), applied(estimator, told)
            assert (made.n, made.low, made.high) == (same.n, same.low, same.high), estimator.name


def test_a_model_with_the_interaction_of_all_families_is_refused():
    with pytest.raises(NotIdentifiedError, match="interaction of all families"):
        of_model(table(0, 5, 4, 3), [(0, 1)])


def test_profile_of_a_model_without_estimate_is_refused():
    with pytest.raises(NotIdentifiedError, match="no single maximum"):
        profile.of_model(ODD["pairs only"], [(0, 1), (0, 2), (1, 2)])


def test_without_common_hosts_there_is_no_table_of_odds():
    assert lincoln_petersen.by_odds(table(0, 5, 4, 0)) == ()


def test_families_that_are_all_alike_stay_as_they_are():
    alike = table(0, *[1] * 255)  # 40,320 orders, none of them better
    assert canonical(alike).families == alike.families


def test_numbers_that_run_away_are_no_estimate():
    far = replace(applied(CHAPMAN, table(0, 50, 40, 9)), high=math.inf)
    wild = Estimator(name="wild", title="", reference="", least=2, most=2, estimate=lambda *_, **__: far)
    with pytest.raises(NotIdentifiedError, match="run away"):
        applied(wild, table(0, 50, 40, 9))


def test_chapman_is_refused_with_few_in_common():
    with pytest.raises(NotIdentifiedError, match="only 6 hosts"):
        applied(CHAPMAN, table(0, 50, 40, 6))
    assert applied(CHAPMAN, table(0, 50, 40, 7)).n == pytest.approx(58 * 48 / 8 - 1)


def test_families_with_equal_numbers_are_put_in_order_by_the_whole_table():
    counts = np.zeros(16)
    counts[[0b0011, 0b0110, 0b1100, 0b1000, 0b0001, 0b0100, 0b0010]] = [4, 9, 4, 1, 1, 2, 2]
    capture = Capture(families=tuple("abcd"), counts=counts)
    forms = {tuple(canonical(relabelled(capture, order)).counts) for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1])}
    assert len(forms) == 1


def test_what_a_gamma_model_adds_bends_less_than_darroch():
    capture = table(0, *(40, 30, 12, 25, 9, 8, 5))
    assert applied(POISSON2, capture).n < applied(DARROCH, capture).n < applied(GAMMA, capture).n


def test_chains_that_do_not_agree_are_said_to():
    apart = np.array([[100.0, 101, 102], [900, 901, 902]])
    assert latent.Chains(draws=apart).agreement > latent.UNSTEADY
    assert latent.Chains(draws=np.array([[100.0, 101, 102], [102, 100, 101]])).agreement < latent.UNSTEADY
    assert latent.Chains(draws=np.ones((2, 3))).agreement == 1
