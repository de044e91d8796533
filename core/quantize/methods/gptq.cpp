// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/gptq_rows.h"
#include "core/quantize/methods/rows.h"

namespace bitloom {

namespace {

constexpr Parameter kParameters[] = {{kDampingName,
                                      "The share of the mean of the diagonal of the inputs' second "
                                      "moments that is added to it: more "
                                      "trusts the calibration text less.",
                                      1e-6, 1, kDamping}};

class Gptq : public Method {
public:
    Gptq(std::string_view id, std::string_view title, std::string_view description,
         ColumnOrder order)
        : m_id(id)
        , m_title(title)
        , m_description(description)
        , m_order(order)
    {
    }
    std::string_view id() const override { return m_id; }
    std::string_view title() const override { return m_title; }
    std::string_view description() const override { return m_description; }
    std::string_view objective() const override { return "squared error of the layer's output"; }
    std::string_view baseline() const override { return "mse"; }
    std::optional<ColumnOrder> needsCalibration() const override { return m_order; }
    std::span<const Parameter> parameters() const override { return kParameters; }
    void encode(const Scheme& scheme, MatrixView weights, const SlotKnowledge& slot,
                std::span<std::byte> out) const override
    {
        if (!slot.inputs) { // nothing to make good elsewhere
            encodeRows(scheme, weights, RangeSearch::SquaredError, 0, out, slot.parameters);
            return;
        }
        const auto encode = [&slot](const GridScheme& onGrid, MatrixView rows,
                                    std::span<std::byte> bytes) {
            GptqRows gptq(onGrid, rows, slot);
            gptq.run();
            onGrid.pack(gptq.grid(), gptq.codes(), bytes);
        };
        encodeRowBlocks(scheme, weights, 0, out, encode);
    }

private:
    std::string_view m_id;
    std::string_view m_title;
    std::string_view m_description;
    ColumnOrder m_order;
};

} // namespace

const Method& gptqMethod()
{
    static const Gptq method(
        "gptq", "GPTQ",
        "Rounds column by column and makes the error of each good in the columns behind it, by how "
        "the inputs are correlated on the calibration text. Where rows are looked up (embeddings, "
        "also tied ones), the same as mse.",
        ColumnOrder::LeftToRight);
    return method;
}

const Method& gptqOrderedMethod()
{
    static const Gptq method(
        "gptq-order", "GPTQ, largest inputs first",
        "GPTQ that begins with the columns of the largest inputs (act-order), on grids fitted "
        "beforehand (static groups).",
        ColumnOrder::LargestFirst);
    return method;
}

} // namespace bitloom
