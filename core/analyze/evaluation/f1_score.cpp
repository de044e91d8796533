// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/sentence_evaluation.h"

#include "core/base/finite.h"

#include <cmath>
#include <map>

namespace bitloom {

namespace {

/// How often each (label, prediction) came up.
using Confusion = std::map<std::pair<int, int>, int64_t>;

double f1Of(const Confusion& counts, int wanted)
{
    double hits = 0;
    double misses = 0; // labelled so or predicted so, but not both
    for (const auto& [pair, count] : counts) {
        const bool labelled = pair.first == wanted;
        const bool predicted = pair.second == wanted;
        if (labelled && predicted)
            hits += static_cast<double>(count);
        else if (labelled || predicted)
            misses += static_cast<double>(count);
    }
    return hits + misses > 0 ? 2 * hits / (2 * hits + misses) : 0;
}

double f1Of(const Confusion& counts, int classes, const std::vector<bool>& occurs)
{
    if (classes == 2)
        return f1Of(counts, 1);
    double sum = 0;
    double number = 0;
    for (int wanted = 0; wanted < classes; ++wanted)
        if (occurs[static_cast<size_t>(wanted)]) {
            sum += f1Of(counts, wanted);
            ++number;
        }
    return number > 0 ? sum / number : 0;
}

} // namespace

Estimate f1Score(const std::vector<int>& labels, const std::vector<int>& predictions, int classes)
{
    Confusion counts;
    std::vector<bool> occurs(static_cast<size_t>(classes));
    for (size_t i = 0; i < labels.size(); ++i) {
        ++counts[{labels[i], predictions[i]}];
        occurs[static_cast<size_t>(labels[i])] = true;
        occurs[static_cast<size_t>(predictions[i])] = true;
    }
    const double whole = f1Of(counts, classes, occurs);
    // Leaving one example out gives the same for all with its label and prediction.
    const auto n = static_cast<double>(labels.size());
    double mean = 0;
    double squares = 0;
    for (const auto& [pair, count] : Confusion(counts)) {
        --counts[pair];
        const double without = f1Of(counts, classes, occurs);
        ++counts[pair];
        mean += static_cast<double>(count) * without / n;
        squares += static_cast<double>(count) * without * without / n;
    }
    return {whole, n > 1 ? std::sqrt(notBelowZero((n - 1) * (squares - mean * mean))) : 0};
}

} // namespace bitloom
