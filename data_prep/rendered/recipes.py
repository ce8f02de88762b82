"""Which units and muscles make each AU, for every source of faces.

A Term is a unit of the source, or a muscle of data_prep/rendered/muscles.py, with the range from which each person's
own weight comes: people's faces differ in what they do, and what a recipe leaves open a model must not rely on.
The mesh of the two sources of MakeHuman's people is one, so a unit that the one lacks is taken from the other.
In names of units {side} is left or right, {Side} Left or Right, {s} l or r, {S} L or R. A unit without a side moves
both; the half of each side counts.
"""

from typing import NamedTuple

AUS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)
MIDLINE_AUS = (17, 23, 24, 25, 26, 28)  # both sides always move alike
UNLABELED = ("pucker", "flare")  # ours: movements that no label counts
# what two AUs together do beyond the sum of both: {name: the two}
TOGETHER = {"open_smile": (12, 25), "knitted": (1, 4)}


class Term(NamedTuple):
    """`name` of a unit or a muscle; its weight at intensity 5 is drawn from `low` to `high`."""

    name: str
    low: float
    high: float


def terms(text):
    """Terms written as `name low high; name low high`."""
    rows = [row.split() for row in text.split(";")]
    return tuple(Term(name, float(low), float(high)) for name, low, high in rows)


def recipes(**texts):
    """{AU or name: Terms} of keywords such as au12="mouth-corner-puller 0.9 1.1" and flare="nose 0 1"."""
    return {int(key[2:]) if key.startswith("au") else key: terms(text) for key, text in texts.items()}


MAKEHUMAN = recipes(
    au1="eyebrows-{side}-inner-up 0.2 0.7; frontalis_medial 0.6 1.1",
    au2="eyebrows-{side}-extern-up 0.1 0.5; frontalis_lateral 0.6 1.0",
    au4="corrugator 1.1 1.6; eyebrows-{side}-down 0.0 0.25; eye-{side}-slit 0.05 0.25",
    au5="eye-{side}-opened-up 2.0 2.8",
    au6="orbicularis_orbital 0.8 1.2; lid_push 1.0 1.5; cheek/{s}-cheek-trans-up 0.3 0.8; eye-{side}-slit 0.2 0.4;"
    "eyes/{s}-eye-bag-incr 0.2 0.6",
    au7="eye-{side}-slit 0.4 0.65; lid_push 0.3 0.6; eyes/{s}-eye-bag-incr 0.0 0.3",
    au9="levator_nasi 0.7 1.1; nose-{side}-elevation 0.4 0.8; nose-compression 0.3 0.6; procerus 0.6 1.1;"
    "eye-{side}-slit 0.1 0.3; faceunits/mouthUpperUp{Side} 0.4 0.8",
    au10="levator_labii 0.7 1.0; nose-{side}-elevation 0.0 0.15; mouth-elevation 0.1 0.4",
    au12="mouth-corner-puller 0.5 0.8; zygomaticus 0.7 1.1; cheek_lift 0.6 1.1; mouth/mouth-laugh-lines-in 0.1 0.5",
    au14="buccinator 0.9 1.3; mouth-retraction 0.05 0.2; mouth/mouth-dimples-in 0.3 0.9",
    au15="mouth-depression 0.6 1.0; depressor_anguli 0.3 0.7",
    au17="mentalis 0.7 1.1; faceunits/mouthShrugLower 0.3 0.6",
    au20="risorius 0.9 1.3; mouth-retraction 0.3 0.7; neck-platysma 0.0 0.3",
    au23="lip_tightening 0.8 1.2; faceunits/mouthRollLower 0.1 0.4",
    au24="lip_pressing 0.8 1.2; mouth-compression 0.1 0.3",
    au25="mouth-parling 1.2 1.8",
    au26="mouth-open 0.70 0.95",
    au28="faceunits/mouthRollLower 0.5 0.8; faceunits/mouthRollUpper 0.2 0.4; lip_sucking 0.6 0.8",
    au43="eye-{side}-closure 1.0 1.0",
    pucker="mouth-pursing 0.4 0.8",
    flare="nose-{side}-dilatation 0.5 0.9",
    open_smile="mouth-upward-retraction 0.3 0.6; mouth-parling 0.9 1.4; zygomaticus 0.5 0.9",
    knitted="brow_heads 0.6 1.1",
)
FACE_UNITS = recipes(
    au1="browInnerUp 0.5 1.0; frontalis_medial 0.3 0.8",
    au2="browOuterUp{Side} 0.4 0.9; frontalis_lateral 0.3 0.7",
    au4="browDown{Side} 0.3 0.9; corrugator 0.8 1.2",
    au5="eyeWide{Side} 1.4 1.9",
    au6="cheekSquint{Side} 0.6 1.0; orbicularis_orbital 0.5 1.0; lid_push 0.9 1.4; eyeSquint{Side} 0.2 0.6",
    au7="eyeSquint{Side} 0.6 0.9; lid_push 0.2 0.5; eyeBlink{Side} 0.0 0.1",
    au9="noseSneer{Side} 0.8 1.2; levator_nasi 0.7 1.1; procerus 0.4 0.9; eyeSquint{Side} 0.1 0.3;"
    "mouthUpperUp{Side} 0.4 0.8",
    au10="mouthUpperUp{Side} 0.5 0.8; levator_labii 0.2 0.6; noseSneer{Side} 0.0 0.15",
    au12="mouthSmile{Side} 0.7 1.0; zygomaticus 0.0 0.4; cheek_lift 0.3 0.8; mouthDimple{Side} 0.0 0.2",
    au14="mouthDimple{Side} 0.25 0.5; buccinator 0.7 1.1",
    au15="mouthFrown{Side} 0.8 1.1; depressor_anguli 0.2 0.6",
    au17="mouthShrugLower 0.4 0.7; mentalis 0.7 1.1; mouthShrugUpper 0.0 0.3",
    au20="mouthStretch{Side} 0.7 1.1; risorius 0.4 0.8",
    au23="lip_tightening 0.8 1.2; mouthPress{Side} 0.1 0.3",
    au24="mouthPress{Side} 0.1 0.35; lip_pressing 0.8 1.2",
    au25="mouthLowerDown{Side} 0.8 1.3; mouthUpperUp{Side} 0.4 0.9",
    au26="jawOpen 0.85 1.2",
    au28="mouthRollLower 0.7 1.0; mouthRollUpper 0.4 0.7; lip_sucking 0.8 1.1",
    au43="eyeBlink{Side} 1.0 1.0",
    pucker="mouthPucker 0.5 0.9",
    flare="mouthFunnel 0.1 0.4",
    open_smile="mouthUpperUp{Side} 0.3 0.7; mouthLowerDown{Side} 1.0 1.4; zygomaticus 0.5 0.9",
    knitted="brow_heads 0.6 1.1",
)
ICT = recipes(
    au1="browInnerUp_{S} 0.7 1.1; frontalis_medial 0.2 0.7",
    au2="browOuterUp_{S} 0.6 1.0; frontalis_lateral 0.1 0.5",
    au4="browDown_{S} 0.5 1.0; corrugator 0.8 1.2",
    au5="eyeWide_{S} 1.2 1.6",
    au6="cheekSquint_{S} 0.7 1.0; orbicularis_orbital 0.5 1.0; lid_push 0.5 0.9; eyeSquint_{S} 0.2 0.6;"
    "cheekRaiser_{S} 0.0 0.6",
    au7="eyeSquint_{S} 0.7 1.0; lid_push 0.2 0.5; eyeBlink_{S} 0.0 0.12",
    au9="noseSneer_{S} 0.6 0.9; levator_nasi 0.3 0.7; procerus 0.3 0.7; browDown_{S} 0.0 0.2;mouthUpperUp_{S} 0.2 0.5",
    au10="mouthUpperUp_{S} 0.4 0.7; levator_labii 0.2 0.5",
    au12="mouthSmile_{S} 0.75 1.0; cheek_lift 0.2 0.6; mouthDimple_{S} 0.0 0.2",
    au14="mouthDimple_{S} 0.7 1.1; buccinator 0.5 0.9",
    au15="mouthFrown_{S} 0.8 1.1; depressor_anguli 0.0 0.4",
    au17="mouthShrugLower 0.4 0.7; mouthShrugUpper 0.0 0.35; mentalis 0.7 1.1",
    au20="mouthStretch_{S} 0.8 1.1; risorius 0.2 0.6",
    au23="lip_tightening 0.8 1.2; mouthPress_{S} 0.1 0.3",
    au24="mouthPress_{S} 0.5 1.0; lip_pressing 0.5 0.9",
    au25="mouthLowerDown_{S} 0.35 0.8; mouthUpperUp_{S} 0.2 0.6",
    au26="jawOpen 0.65 0.95",
    au28="mouthRollLower 0.7 1.0; mouthRollUpper 0.7 1.0; lip_sucking 0.2 0.5",
    au43="eyeBlink_{S} 1.0 1.0",
    pucker="mouthPucker 0.5 0.9",
    flare="mouthFunnel 0.1 0.4",
    open_smile="mouthUpperUp_{S} 0.1 0.5; mouthLowerDown_{S} 0.4 0.8; zygomaticus 0.4 0.8",
    knitted="brow_heads 0.6 1.1",
)
