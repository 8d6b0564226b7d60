"""What the methods of attention do, step by step: one `Flow` for each, in the order of the course."""

from medfuse_course.methods.flow import Flow, Step, Training

_HERE = "methods.transformers"
_PAIRS = "pairs of phantoms, no fused image"

FLOWS: dict[str, Flow] = {
    "matr": Flow(
        "ab n d f",
        {
            "n": Step("adaptive convolutions and attention", "after one, two and three\nconvolutions, all the same",
                      gives="sum of three maps", chooses=True, parts=("first", "again", "blocks")),
            "d": Step("1 x 1 convolution, tanh", parts=("draw",)),
        },
        Training(_PAIRS, "structure of both sources, and what neighborhoods say of them", {
            "fuse": ("structure", "information"),
        }),
    ),
    "swinfusion": Flow(
        "ab ee oo c d f",
        {
            "e": Step("convolutions, shared weights", "4 x 4 pixels become a token", gives="tokens",
                      parts=("stem", "to_tokens")),
            "o": Step("attention within each source", "windows of 4 x 4 tokens, moved in turn",
                      parts=("own_a", "own_b", "leave_a", "leave_b")),
            "c": Step("attention to the other source", "in both directions", gives="tokens of both", chooses=True,
                      parts=("within_a", "within_b", "across", "fused_a", "fused_b")),
            "d": Step("attention, then convolutions", "beside them the first features",
                      parts=("join", "enter", "last", "end", "draw")),
        },
        Training(_PAIRS, "the brighter source, the stronger edge, structure of both", {
            "fuse": ("intensity", "gradient", "structure"),
        }),
    ),
    "destrans": Flow(
        "ab ee r d f",
        {
            "e": Step("dense branch and Transformer branch", "shared weights, joined by 1 x 1", gives="features",
                      parts=("encoder",)),
            "r": Step("{fusion}", "weights by the l1 norm of 3 x 3", chooses=True,
                      code="methods.cnn.densefuse:{fusion}"),
            "d": Step("decoder", parts=("decoder",)),
        },
        Training("single images, never a pair", "what comes back of each image", {
            "reconstruction": ("mse", "structure"),
        }),
    ),
    "hybrid_cnn_transformer": Flow(
        "ab ee w d f",
        {
            "e": Step("CNN beside Transformer", "shared weights", gives="features", parts=("encoder",)),
            "w": Step("adaptive weights", "the share of each in how much features vary", chooses=True,
                      code=f"{_HERE}.hybrid_cnn_transformer:adaptive_weight"),
            "d": Step("decoder", parts=("decoder",)),
        },
        Training("single images, squares of them destroyed", "whether the whole image comes back", {
            "restore": ("intensity", "texture"),
        }),
    ),
    "cddfuse": Flow(
        "ab ss ggdd cn r f",
        {
            "s": Step("shared encoder", "attention between channels", gives="features", parts=("encoder.shared",)),
            "g": Step("base branch", "attention, full convolution", gives="bases", parts=("encoder.base",)),
            "d": Step("detail branch", "invertible coupling", gives="details", parts=("encoder.detail",)),
            "c": Step("fuse the sum of bases", chooses=True, parts=("fuse_base",)),
            "n": Step("fuse the sum of details", chooses=True, parts=("fuse_detail",)),
            "r": Step("decoder", parts=("decoder",)),
        },
        Training(_PAIRS,
                 "first what comes back of each source, and what bases and details share; then the fused image", {
            "decompose": ("mse", "structure", "edges", "split"), "fuse": ("brightness", "gradient", "split"),
        }),
    ),
    "medfusion_transnet": Flow(
        "ab cp cmp u r f",
        {
            "a": Step("CT", gives="HU"),
            "b": Step("PET", gives="SUV"),
            "c": Step("way down of the CT", gives="three scales", parts=("casnet.down.0",)),
            "p": Step("way down of the PET", gives="three scales", parts=("casnet.down.1",)),
            "m": Step("tokens ask each other", "at the coarsest scale, in windows", chooses=True,
                      parts=("casnet.meeting",)),
            "u": Step("way up", "gates on what is handed across",
                      parts=("casnet.across", "casnet.up", "casnet.gate", "casnet.join", "casnet.last")),
            "r": Step("where something varies", code="methods.transformers.medfusion_transnet:varies"),
            "f": Step("mask of lesions", "probability above 1/2"),
        },
        Training("CT and PET of phantoms, some without the one or the other",
                 "the true mask, weighted where the network is unsure and at borders",
                 {"segment": ("dice", "cross_entropy")}),
    ),
    "dcif_gan": Flow(
        "ab st ee x cd m f",
        {
            "a": Step("source A, CT", gives="A"),
            "b": Step("source B, PET", gives="B"),
            "s": Step("first layer of A", parts=("of_a.stem",)),
            "t": Step("first layer of B", parts=("of_b.stem",)),
            "e": Step("trunk, shared weights", "a dense block beside windowed attention", gives="features, tokens",
                      parts=("trunk.local", "trunk.embed", "trunk.attend")),
            "x": Step("cross-attention, shared weights", "queries of one, keys and values of the other; both ways",
                      gives="both", chooses=True, parts=("trunk.cross",)),
            "c": Step("reconstruction of A", gives="pre-fused A", parts=("of_a.lift", "of_a.rebuild")),
            "d": Step("reconstruction of B", gives="pre-fused B", parts=("of_b.lift", "of_b.rebuild")),
            "m": Step("{final} of both", chooses=True),
        },
        Training("CT and PET of phantom chests, no fused image",
                 "maximum, stronger gradient, structure of each source; two coupled discriminators", {
            "game": ("judge_a", "judge_b", "persuade_a", "persuade_b", "intensity", "gradient", "structure"),
        }),
    ),
}  # fmt: skip
