// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/recipe_trials.h"

namespace bitloom {

namespace {

/// Decoded weights kept between recipes.
constexpr int64_t kMostKeptBytes = int64_t{1} << 30;

} // namespace

RecipeTrials::RecipeTrials(std::shared_ptr<const Model> model,
                           std::shared_ptr<const InputMoments> inputs, std::vector<Window> windows)
    : m_model(std::move(model))
    , m_inputs(std::move(inputs))
    , m_trials(m_model, std::move(windows))
{
}

RecipeTrials::Kept RecipeTrials::changed(int slot, const SlotChoice& choice)
{
    Kept& kept = m_kept[errorKey(slot, choice)];
    if (!kept) {
        const EncodingSource source(*m_model, m_inputs.get());
        kept = std::make_shared<const Matrix>(encodeSlot(source, slot, choice).decode());
        m_keptBytes += static_cast<int64_t>(kept->size() * sizeof(float));
    }
    return kept;
}

std::vector<BlockSum> RecipeTrials::divergences(const Recipe& recipe, size_t from, size_t to,
                                                Progress& progress)
{
    if (m_keptBytes > kMostKeptBytes) {
        m_kept.clear();
        m_keptBytes = 0;
    }
    std::vector<Kept> weights;
    NetworkChange change;
    if (!recipe.values.empty())
        change.rounding = roundingOf(m_model->graph, RecipeWeights(m_model, recipe));
    for (int slot = 0; slot < static_cast<int>(m_model->graph.slots.size()); ++slot) {
        const SlotChoice& choice =
            recipe.choice(m_model->graph.slots[static_cast<size_t>(slot)].name);
        if (!choice.changesWeights())
            continue;
        if (progress.stopRequested())
            return {};
        weights.push_back(changed(slot, choice));
        change.slots.push_back({slot, weights.back()->view()});
    }
    return m_trials.divergences(change, from, to, progress);
}

} // namespace bitloom
