// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/weight_gradient.h"
#include "core/analyze/sensitivity/rows.h"
#include "core/analyze/text/measurement_key.h"
#include "core/quantize/variant/variant.h"

namespace bitloom {

namespace {

using Gradients = std::map<int, std::unique_ptr<Scratch>>;

/// Grows with every change of what is measured.
constexpr int64_t kVersion = 1;

/// The low-bit model that the gradient is taken at.
std::shared_ptr<const WeightSource> threeBits(const std::shared_ptr<const Model>& model)
{
    Recipe recipe;
    recipe.target = "safetensors"; // which holds every scheme
    applySet(recipe, *model, ".*", {{"int3-g32-asym", "int3-row-asym"}, "nearest"});
    return std::make_shared<Variant>(TransformedModel(model), recipe);
}

/// ½ g · ΔW: half of what the first order says is lost by going back, which for a quadratic loss
/// adds up to the loss itself at the low-bit model.
class GradientSensitivity : public Sensitivity {
public:
    explicit GradientSensitivity(Gradients gradients)
        : m_gradients(std::move(gradients))
    {
    }
    double damage(const WeightChange& change, Progress& /*progress*/) const override
    {
        const auto gradient = m_gradients.find(change.slot);
        if (gradient == m_gradients.end())
            return 0;
        const std::span<const float> slopes = gradient->second->values();
        double sum = 0;
        for (size_t i = 0; i < slopes.size(); ++i)
            sum += static_cast<double>(slopes[i]) *
                   (static_cast<double>(change.changed.data[i]) - change.original.data[i]);
        return sum / 2;
    }

private:
    Gradients m_gradients;
};

} // namespace

MeasuredSensitivity measureGradient(const SensitivityQuestion& question, Progress& progress)
{
    const Fingerprint key =
        measurementKey(*question.model, question.windows, 0, kVersion); // there is no chance in it
    Gradients gradients =
        measureWeightGradient(question.model, threeBits(question.model), question.windows, progress,
                              {}, question.store.entry("gradient", key));
    return gradients.empty() ? nullptr
                             : std::make_unique<GradientSensitivity>(std::move(gradients));
}

} // namespace bitloom
