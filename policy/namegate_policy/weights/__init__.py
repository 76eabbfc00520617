"""Files → `WeightsHeader`: framing checked, headers only."""

from namegate_policy.weights.evidence import pack_sources, unpack_sources
from namegate_policy.weights.header import ArrayOf, Problem, Shard, Tensor, WeightsHeader
from namegate_policy.weights.problems import CODES
from namegate_policy.weights.read import read_sources
from namegate_policy.weights.source import (
    ByteSource,
    BytesSource,
    FileSource,
    MissingRangeError,
    RangesSource,
    RecordingSource,
    StreamSource,
)
from namegate_policy.weights.upload import (
    Upload,
    read_upload,
    read_upload_sources,
    read_weights,
    upload_files,
)

__all__ = [
    "CODES",
    "ArrayOf",
    "ByteSource",
    "BytesSource",
    "FileSource",
    "MissingRangeError",
    "Problem",
    "RangesSource",
    "RecordingSource",
    "Shard",
    "StreamSource",
    "Tensor",
    "Upload",
    "WeightsHeader",
    "pack_sources",
    "read_sources",
    "read_upload",
    "read_upload_sources",
    "read_weights",
    "unpack_sources",
    "upload_files",
]
