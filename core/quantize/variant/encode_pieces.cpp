// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/encode_pieces.h"

#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/method.h"

#include <algorithm>
#include <functional>

namespace bitloom {

namespace {

/// What a method that needs calibration encodes as where they are not known.
Encoding withoutInputs(Encoding encoding)
{
    if (methodNamed(encoding.method).needsCalibration())
        encoding.method = methodNamed(encoding.method).baseline();
    return encoding;
}

} // namespace

int64_t pieceColumns(const TransformedModel& model, int slot, const Encoding& encoding,
                     int64_t atMost)
{
    const int64_t all = model.graph().slot(slot).columns;
    const GridScheme* grid = model.schemeOf(slot, encoding).grid();
    const int64_t blockColumns = grid ? grid->blockColumns(all) : 1;
    if (all % blockColumns != 0)
        return all;
    int64_t columns = blockColumns;
    for (int64_t wider = blockColumns; wider <= atMost; wider += blockColumns)
        if (all % wider == 0)
            columns = wider;
    return columns;
}

EncodedPieces encodePieces(const TransformedModel& model, int slot, const Encoding& encoding,
                           std::span<const RowPiece> pieces, int64_t columns)
{
    const Scheme& scheme = model.schemeOf(slot, encoding);
    const auto count = static_cast<int64_t>(pieces.size());
    const std::span<const float> factors = model.columnFactors(slot);
    EncodedPieces result{Matrix(count, columns), Matrix(count, columns)};
    for (int64_t i = 0; i < count; ++i) {
        const RowPiece& piece = pieces[static_cast<size_t>(i)];
        Matrix row = model.original(slot, piece.row, 1);
        const auto from = row.values.begin() + piece.firstColumn;
        std::copy_n(from, columns, result.original.row(i).begin());
        model.prepare(slot, encoding, row);
        requireEncodable(scheme, row.view(), model.graph().slot(slot).name, piece.row);
        std::copy_n(from, columns, result.changed.row(i).begin());
    }
    const bool asStored = !encoding.clips() && &scheme == &model.schemeOf(slot, {});
    if (asStored && factors.empty())
        return result;
    const ParameterBytes shared = model.parameters(slot, withoutInputs(encoding));
    std::span<std::byte> writable;
    const PackedTensor packed = PackedTensor::allocate(scheme, count, columns, *shared, writable);
    methodNamed(encoding.method).encode(scheme, result.changed.view(), {*shared}, writable);
    result.changed = packed.decode();
    for (int64_t i = 0; !factors.empty() && i < count; ++i)
        std::ranges::transform(
            result.changed.row(i),
            factors.subspan(static_cast<size_t>(pieces[static_cast<size_t>(i)].firstColumn),
                            static_cast<size_t>(columns)),
            result.changed.row(i).begin(), std::divides<>());
    return result;
}

} // namespace bitloom
