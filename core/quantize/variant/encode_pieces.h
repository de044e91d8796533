// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/variant/transformed_model.h"

#include <cstdint>
#include <span>

namespace bitloom {

/// Where a stretch of one row of a slot begins.
struct RowPiece {
    int64_t row = 0;
    int64_t firstColumn = 0;
};
/// A piece per row.
struct EncodedPieces {
    Matrix original;
    Matrix changed;
};

/// How wide pieces are that a choice encodes as it does within their rows: an equal part of a row
/// of whole blocks, about `atMost` columns where one block is not wider.
int64_t pieceColumns(const TransformedModel& model, int slot, const Encoding& encoding,
                     int64_t atMost);
/// What a choice makes of pieces of pieceColumns; their first columns are multiples of that. A
/// method that needs calibration encodes as its baseline, since columns are not seen beside others.
EncodedPieces encodePieces(const TransformedModel& model, int slot, const Encoding& encoding,
                           std::span<const RowPiece> pieces, int64_t columns);

} // namespace bitloom
