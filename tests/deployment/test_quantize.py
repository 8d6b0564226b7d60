"""Fake quantization by hand-calculated values, against ONNX Runtime, and what calibration decides."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from medfuse_course.deployment.quantize import (  # noqa: E402
    fake_quantize,
    fake_quantize_weight,
    fake_quantized,
    observed_range,
    quantize_onnx,
)


def test_an_activation_by_hand():
    """Two bits from 0 to 3: steps of 1. From -1 to 2 the zero has the integer 1."""
    x = torch.tensor([-9.0, -0.4, 0.0, 0.6, 1.4, 2.6, 9.0])
    assert fake_quantize(x, 0.0, 3.0, bits=2).tolist() == [0, 0, 0, 1, 1, 3, 3]
    assert fake_quantize(x, -1.0, 2.0, bits=2).tolist() == [-1, 0, 0, 1, 1, 2, 2]
    assert fake_quantize(x, 1.0, 3.0, bits=2).tolist() == [0, 0, 0, 1, 1, 3, 3]  # 0 always has an integer
    with pytest.raises(ValueError, match="expected a range that holds more than 0, got 0.0 to 0.0"):
        fake_quantize(x, 0.0, 0.0)


def test_a_weight_by_hand_has_a_scale_for_each_channel():
    weight = torch.tensor([[1.27, -0.634], [0.0, 12.7]])[:, :, None, None]
    np.testing.assert_allclose(fake_quantize_weight(weight)[..., 0, 0], [[1.27, -0.63], [0.0, 12.7]], atol=1e-6)
    along_inputs = fake_quantize_weight(weight, axis=1)[..., 0, 0]
    np.testing.assert_allclose(along_inputs, [[1.27, -0.6], [0.0, 12.7]], atol=1e-6)


def test_the_result_is_what_torch_computes():
    x = torch.linspace(-2, 5, 301)
    scale, zero = 4.0 / 255, 64
    known = torch.fake_quantize_per_tensor_affine(x, scale, zero, 0, 255)
    torch.testing.assert_close(fake_quantize(x, -1.004, 2.996), known, atol=2e-2, rtol=0)
    weight = torch.randn(5, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    scales = weight.abs().amax(dim=(1, 2, 3)) / 127
    known = torch.fake_quantize_per_channel_affine(weight, scales, torch.zeros(5, dtype=torch.int32), 0, -127, 127)
    torch.testing.assert_close(fake_quantize_weight(weight), known)


def test_a_range_is_the_outermost_values_or_all_but_these():
    values = np.arange(1001, dtype=np.float32)
    assert observed_range(values) == (0, 1000)
    np.testing.assert_allclose(observed_range(values, "percentile", 90), (50, 950))
    with pytest.raises(ValueError, match="did you mean 'minmax'"):
        observed_range(values, "minmx")


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ConvTranspose2d(4, 1, 3, padding=1)

    def forward(self, x):
        return x + self.last(self.first(x).relu())


def batch(top, seed):
    return top * torch.rand(1, 1, 24, 24, generator=torch.Generator().manual_seed(seed))


def test_a_network_comes_near_with_more_bits_and_stays_as_it_was():
    network = Small().eval()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    x = batch(4, 1)
    with torch.inference_mode():
        exact = network(x)
        wrong = [(fake_quantized(network, [(x,)], bits=bits)(x) - exact).abs().mean() for bits in (4, 8, 16)]
    assert wrong[0] > 8 * wrong[1] > 64 * wrong[2]
    assert all(torch.equal(tensor, network.state_dict()[name]) for name, tensor in before.items())


def test_onnx_runtime_rounds_as_the_open_functions_do_and_cuts_off_what_calibration_did_not_show(tmp_path):
    pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    from medfuse_course.deployment.runtime import open_session
    from medfuse_course.deployment.tracing import plain_model

    network, x = Small().eval(), batch(4, 1)
    exact, rounded = tmp_path / "exact.onnx", tmp_path / "rounded.onnx"
    exact.write_bytes(plain_model(network, {"x": x.numpy()}).SerializeToString())
    with torch.inference_mode():
        wanted, opened = network(x).numpy(), fake_quantized(network, [(x,)])(x).numpy()
    results = {}
    for top, only in ((4, True), (4, False), (1, False)):
        quantize_onnx(exact, rounded, [{"x": batch(top, 1).numpy()}], convolutions_only=only)
        results[top, only] = open_session(rounded).run(None, {"x": x.numpy()})[0]
    assert np.abs(results[4, True] - opened).max() < 0.05  # a step of the input is 4 / 255, of an output alike
    assert np.abs(results[4, False] - wanted).max() < 0.1
    assert np.abs(results[1, False] - wanted).max() > 1
