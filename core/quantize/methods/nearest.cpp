// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/rows.h"

namespace bitloom {

namespace {

class Nearest : public Method {
public:
    std::string_view id() const override { return "nearest"; }
    std::string_view title() const override { return "Nearest"; }
    std::string_view description() const override
    {
        return "Keeps the largest weights of each group representable and rounds every weight to "
               "the nearest level.";
    }
    std::string_view objective() const override { return "largest error of a group"; }
    std::string_view baseline() const override { return id(); }
    std::vector<std::byte> fitParameters(const GridScheme& scheme, const SlotRows& slot,
                                         const InverseFactor* /*inputs*/) const override
    {
        return scheme.fitParameters(slot, RangeSearch::Extremes);
    }
    void encode(const Scheme& scheme, MatrixView weights, const SlotKnowledge& slot,
                std::span<std::byte> out) const override
    {
        encodeRows(scheme, weights, RangeSearch::Extremes, 0, out, slot.parameters);
    }
};

} // namespace

const Method& nearestMethod()
{
    static const Nearest method;
    return method;
}

} // namespace bitloom
