// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/recipe_trials.h"

namespace bitloom {

namespace {

/// Encoded weights kept between recipes.
constexpr int64_t kMostEncodedBytes = int64_t{256} << 20;

} // namespace

/// The weights of a variant, encoded once for all of them.
class RecipeTrials::Weights : public WeightSource {
public:
    Weights(RecipeTrials& trials, const Recipe& recipe)
        : m_trials(trials)
        , m_variant(trials.m_model, recipe)
    {
    }
    PackedTensor slot(int index) const override
    {
        const Encoding& encoding = m_variant.encoding(index);
        return encoding.changesWeights() ? m_trials.encoded(index, encoding)
                                         : m_variant.slot(index);
    }
    const ActivationScheme* activationScheme(int value) const override
    {
        return m_variant.activationScheme(value);
    }

private:
    RecipeTrials& m_trials;
    Variant m_variant;
};

RecipeTrials::RecipeTrials(TransformedModel model, std::vector<Window> windows)
    : m_model(std::move(model))
    , m_trials(m_model.sharedModel(), std::move(windows))
{
}

PackedTensor RecipeTrials::encoded(int slot, const Encoding& encoding)
{
    const SlotKey key = m_model.key(slot, encoding);
    if (const auto known = m_encoded.find(key); known != m_encoded.end())
        return known->second;
    PackedTensor packed = m_model.encode(slot, encoding);
    const auto bytes = packed.storedBytes();
    if (m_encodedBytes + bytes > kMostEncodedBytes) {
        m_encoded.clear();
        m_encodedBytes = 0;
    }
    m_encodedBytes += bytes;
    return m_encoded[key] = std::move(packed);
}

std::vector<BlockSum> RecipeTrials::divergences(const Recipe& recipe, size_t from, size_t to,
                                                Progress& progress)
{
    return m_trials.divergences(std::make_shared<Weights>(*this, recipe), from, to, progress);
}

} // namespace bitloom
