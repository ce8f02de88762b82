"""Draw the architecture of a net from its prototxt, as vector PDF and as PNG (paper: Fig. 1).

    python -m tools.draw_net prototxt/disfa/train_val.prototxt --out fig1

A stack of maps is a blob of channels x height x width, a bar a vector. On an arrow stand the layers that lead from blob
to blob; the dark square is the window of a convolution or pooling, to the scale of the map it slides over.
"""

import argparse

from data_prep.system.errors import one_clear_error
from tools.report.net_drawing import draw_net_file


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("net", help="train_val.prototxt or deploy.prototxt")
    parser.add_argument("--out", required=True, help="writes OUT.pdf and OUT.png")
    parser.add_argument(
        "--shape",
        type=image_shape,
        metavar="C,H,W",
        help="channels, height and width of the images; default: 1, and crop_size twice, or that of stored faces",
    )
    arguments = parser.parse_args(argv)
    draw_net_file(arguments.net, arguments.shape, arguments.out)
    print(f"{arguments.out}.pdf and {arguments.out}.png")


def image_shape(text):
    """(channels, height, width) of the option --shape, such as "1,40,40"."""
    shape = tuple(map(int, text.split(",")))
    if len(shape) != 3 or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give three numbers, as in 1,40,40")
    return shape


if __name__ == "__main__":
    main()
