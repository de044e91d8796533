// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/rows.h"

namespace bitloom {

namespace {

class MeanSquare : public Method {
public:
    std::string_view id() const override { return "mse"; }
    std::string_view title() const override { return "Least squared error"; }
    std::string_view description() const override
    {
        return "Searches the range of each group for the least squared error, clipping rare large "
               "weights where that pays, and rounds every weight to the nearest level.";
    }
    std::string_view objective() const override { return "squared error of the weights"; }
    std::string_view baseline() const override { return "nearest"; }
    void encode(const Scheme& scheme, MatrixView weights, const SlotKnowledge& slot,
                std::span<std::byte> out) const override
    {
        encodeRows(scheme, weights, RangeSearch::SquaredError, 0, out, slot.parameters);
    }
};

} // namespace

const Method& mseMethod()
{
    static const MeanSquare method;
    return method;
}

} // namespace bitloom
