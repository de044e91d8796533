// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/engine/sampling.h"

#include "core/base/random.h"
#include "core/network/engine/finite_values.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace bitloom {

namespace {

/// Ids from most to least likely; equals in the order of their ids.
std::vector<int32_t> rankedIds(std::span<const float> logits)
{
    std::vector<int32_t> ids(logits.size());
    std::iota(ids.begin(), ids.end(), 0);
    std::stable_sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
        return logits[static_cast<size_t>(a)] > logits[static_cast<size_t>(b)];
    });
    return ids;
}

/// Unnormalised probabilities of `ids`, the first being the most likely.
std::vector<double> weightsOf(std::span<const float> logits, const std::vector<int32_t>& ids,
                              double temperature)
{
    std::vector<double> weights;
    weights.reserve(ids.size());
    const double top = logits[static_cast<size_t>(ids.front())];
    for (const int32_t id : ids)
        weights.push_back(std::exp((logits[static_cast<size_t>(id)] - top) / temperature));
    return weights;
}

/// Length of the shortest stretch from the front that holds the share `topP` of the whole.
size_t nucleusSize(const std::vector<double>& weights, double topP)
{
    const double wanted = topP * std::accumulate(weights.begin(), weights.end(), 0.0);
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
        sum += weights[i];
        if (sum >= wanted)
            return i + 1;
    }
    return weights.size();
}

} // namespace

int32_t sampleToken(std::span<const float> logits, double temperature, int topK, double topP,
                    uint64_t seed, uint64_t step)
{
    requireFiniteOutput({logits.data(), 1, static_cast<int64_t>(logits.size())}, "generate");
    if (!(temperature > 0))
        return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) -
                                    logits.begin());
    std::vector<int32_t> ids = rankedIds(logits);
    if (topK > 0)
        ids.resize(std::min(ids.size(), static_cast<size_t>(topK)));
    std::vector<double> weights = weightsOf(logits, ids, temperature);
    if (topP < 1)
        weights.resize(nucleusSize(weights, topP));
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    double left = randomUniform(seed, step) * total;
    for (size_t i = 0; i < weights.size(); ++i) {
        left -= weights[i];
        if (left < 0)
            return ids[i];
    }
    return ids.front();
}

} // namespace bitloom
