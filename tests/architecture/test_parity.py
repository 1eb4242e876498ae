"""docs/parity.md is what its generator writes, and what people have written in docs/parity.toml fits the registry and the model."""

from collections import Counter

from app.web.aws.registry import cognito_idp, load_targets
from scripts.parity import PAGE, differences, page, silent, untold
from tests.equality.reading import modelled, raised, raised_elsewhere

NOT_BUILT = "Not built"


def test_the_page_is_what_the_generator_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make parity`"


def test_what_is_not_built_says_so_and_nothing_else_does() -> None:
    load_targets()
    said = {name for name, texts in differences().items() if any(text.startswith(NOT_BUILT) for text in texts)}
    assert said == set(cognito_idp.unbuilt())


def test_differences_are_of_operations() -> None:
    load_targets()
    assert set(differences()) <= set(cognito_idp.model["operations"])


def test_untold_errors_are_in_the_model() -> None:
    wrong = [
        (name, error)
        for entry in untold()
        for name in entry.operations or ()
        for error in entry.errors
        if (name, error) not in modelled() and not any((name, other) in modelled() for other in entry.errors)
    ]
    assert wrong == []
    errors = {error for _, error in modelled()}
    assert {error for entry in untold() for error in entry.errors} <= errors


def test_an_error_is_told_or_untold_but_not_both() -> None:
    accounted = Counter(pair for entry in untold() for pair in silent(entry))
    assert {pair: times for pair, times in accounted.items() if times > 1} == {}
    told = raised() | set(raised_elsewhere())
    assert sorted(accounted.keys() & told) == []
