// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/recipe_trials.h"

namespace bitloom {

namespace {

/// Encoded weights kept between recipes.
constexpr int64_t kMostEncodedBytes = int64_t{256} << 20;

} // namespace

/// A recipe's weights, encoded once for all recipes.
class RecipeTrials::Weights : public WeightSource {
public:
    Weights(RecipeTrials& trials, const Recipe& recipe)
        : m_trials(trials)
        , m_recipe(recipe)
        , m_others(trials.m_model)
    {
    }
    PackedTensor slot(int index) const override
    {
        const std::string& name = m_trials.m_model->graph.slot(index).name;
        const SlotChoice& choice = m_recipe.choice(name);
        return choice.changesWeights() ? m_trials.encoded(index, choice) : m_others.slot(index);
    }
    const ActivationScheme* rounding(int value) const override
    {
        return m_recipe.rounding(m_trials.m_model->graph, value);
    }

private:
    RecipeTrials& m_trials;
    const Recipe& m_recipe;
    OriginalWeights m_others;
};

RecipeTrials::RecipeTrials(std::shared_ptr<const Model> model,
                           std::shared_ptr<const InputMoments> inputs, std::vector<Window> windows)
    : m_model(std::move(model))
    , m_inputs(std::move(inputs))
    , m_trials(m_model, std::move(windows))
{
}

PackedTensor RecipeTrials::encoded(int slot, const SlotChoice& choice)
{
    const ErrorKey key = errorKey(slot, choice);
    if (const auto kept = m_kept.find(key); kept != m_kept.end())
        return kept->second;
    PackedTensor packed = encodeSlot({*m_model, m_inputs.get()}, slot, choice);
    const auto bytes = static_cast<int64_t>(packed.bytes.size());
    if (m_keptBytes + bytes > kMostEncodedBytes) {
        m_kept.clear();
        m_keptBytes = 0;
    }
    m_keptBytes += bytes;
    return m_kept[key] = std::move(packed);
}

std::vector<BlockSum> RecipeTrials::divergences(const Recipe& recipe, size_t from, size_t to,
                                                Progress& progress)
{
    return m_trials.divergences(std::make_shared<Weights>(*this, recipe), from, to, progress);
}

} // namespace bitloom
