import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from agree import cases, disagreement

CASES = list(cases(Path(__file__).parent / "cases"))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_product_answers_as_karmada_did(case):
    assert disagreement(case) == ""
