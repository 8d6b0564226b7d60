"""The register of pairs."""

import sys

import numpy as np
import pytest

from medfuse_course.core.registry import UnknownNameError
from medfuse_course.datasets import Pair, list_pairs, load_pair
from medfuse_course.datasets.catalogue import PAIRS, PairInfo


def test_phantoms_come_first_and_need_nothing():
    infos = list_pairs()
    assert [info.name for info in infos] == [
        "head/mri-pet", "head/mri-ct", "head/mri-spect", "thorax/ct-pet",
        "aanlib/mri-ct", "aanlib/mri-pet", "aanlib/mri-spect",
    ]  # fmt: skip
    for info in infos:
        source, _, modalities = info.name.partition("/")
        assert modalities == "-".join(info.modalities).lower()
        assert (info.needs == "nothing") == info.truth == (source in ("head", "thorax"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("head/mri-pat", "unknown pair 'head/mri-pat'; did you mean 'head/mri-pet'"), ("mri-ct", "'head/mri-ct'")],
)
def test_a_near_miss_is_answered_with_a_suggestion(name, words):
    with pytest.raises(UnknownNameError, match=words):
        load_pair(name)


def test_a_name_must_be_text():
    with pytest.raises(TypeError, match=r"pair: expected a name \(str\), got int"):
        load_pair(3)


def test_an_unknown_option_is_answered_with_the_allowed_ones():
    with pytest.raises(TypeError, match="head/mri-ct: unknown option 'contrst'; did you mean 'contrast'.*lesion_size"):
        load_pair("head/mri-ct", contrst="t2")
    with pytest.raises(TypeError, match="unknown option 'color'"):
        load_pair("head/mri-ct", color="hot")


def test_a_new_source_is_declared_and_imported_only_when_loaded(tmp_path, monkeypatch):
    (tmp_path / "some_source.py").write_text(
        "import numpy as np\n"
        "from medfuse_course.datasets import Pair\n"
        "def load(name, *, slice=None, seed=0, level=0.5):\n"
        "    flat = np.full((16, 16), level, np.float32)\n"
        "    return Pair(flat, flat * seed, name, ('MRI', 'CT'))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(PAIRS, "_entries", dict(PAIRS._entries))
    PAIRS.add("some/mri-ct", PairInfo("some/mri-ct", ("MRI", "CT"), "Some", False, "nothing", "some_source:load"))
    assert "some_source" not in sys.modules
    pair = load_pair("some/mri-ct", seed=1, level=0.25)
    assert isinstance(pair, Pair) and np.unique(pair.b).tolist() == [0.25]
    monkeypatch.delitem(sys.modules, "some_source")
