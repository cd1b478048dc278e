"""Python's `enum`."""

Enum = native("enum.Enum")
IntEnum = native("enum.Enum")
StrEnum = native("enum.Enum")
Flag = native("enum.Enum")
EnumMeta = object


def unique(class_):
    return class_
