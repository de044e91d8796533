// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/curvature.h"
#include "core/analyze/sensitivity/rows.h"
#include "core/quantize/recipe.h"

namespace bitloom {

namespace {

/// The low-bit model that the gradient is taken at.
const SlotChoice& lowChoice()
{
    static const SlotChoice choice = [] {
        SlotChoice threeBits;
        threeBits.scheme = "int3-g32-asym";
        threeBits.method = "nearest";
        return threeBits;
    }();
    return choice;
}

/// ½ g · ΔW: half of what the first order says is lost by going back, which for a quadratic loss
/// adds up to the loss itself at the low-bit model.
class GradientSensitivity : public Sensitivity {
public:
    explicit GradientSensitivity(std::map<int, Vector> gradients)
        : m_gradients(std::move(gradients))
    {
    }
    double damage(const WeightChange& change, Progress& /*progress*/) const override
    {
        const auto gradient = m_gradients.find(change.slot);
        if (gradient == m_gradients.end())
            return 0;
        double sum = 0;
        for (size_t i = 0; i < gradient->second.size(); ++i)
            sum += gradient->second[i] *
                   (static_cast<double>(change.changed.data[i]) - change.original.data[i]);
        return sum / 2;
    }

private:
    std::map<int, Vector> m_gradients;
};

/// Of all slots stacked.
Vector lowBitErrors(const Model& model, const std::vector<int>& slots)
{
    Vector errors;
    for (const int slot : slots) {
        const Slot& place = model.graph.slots[static_cast<size_t>(slot)];
        const Matrix original = model.tensorOf(place).readRows(0, place.rows);
        const Matrix low = encodeSlot({model}, slot, lowChoice()).decode();
        for (size_t i = 0; i < low.values.size(); ++i)
            errors.push_back(static_cast<double>(low.values[i]) - original.values[i]);
    }
    return errors;
}

} // namespace

MeasuredSensitivity measureGradient(const SensitivityQuestion& question, Progress& progress)
{
    const NetworkCurvature curvature(question.model, question.windows, {});
    const std::vector<int>& slots = curvature.slots();
    const Vector gradient = curvature.gradient(lowBitErrors(*question.model, slots), progress);
    if (gradient.empty())
        return nullptr;
    std::map<int, Vector> gradients;
    auto from = gradient.begin();
    for (const int slot : slots) {
        const auto to = from + question.model->graph.slots[static_cast<size_t>(slot)].weights();
        gradients[slot] = Vector(from, to);
        from = to;
    }
    return std::make_unique<GradientSensitivity>(std::move(gradients));
}

} // namespace bitloom
