// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/prediction_score.h"

#include "core/parallel.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace bitloom {
namespace {

/// A distribution over the vocabulary: a row of logits and what every use of it needs.
struct Distribution {
    explicit Distribution(std::span<const float> row)
        : logits(row)
        , top(static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin()))
        , exponentials(row.size())
    {
        double sum = 0;
        for (size_t i = 0; i < row.size(); ++i)
            sum += exponentials[i] = std::exp(static_cast<double>(row[i]) - row[top]);
        total = sum;
        logSumExp = row[top] + std::log(sum);
    }
    double nll(size_t token) const { return logSumExp - logits[token]; }

    std::span<const float> logits;
    size_t top;                       ///< the most likely token, the first of equals
    std::vector<double> exponentials; ///< exp(logit − highest)
    double total = 0;                 ///< Σ exponentials
    double logSumExp = 0;
};

/// Σ p (ln p − ln q), without the rounding that takes it below zero.
double divergence(const Distribution& p, const Distribution& q)
{
    const double shift = q.logSumExp - p.logSumExp;
    double sum = 0;
    for (size_t i = 0; i < p.logits.size(); ++i)
        sum += p.exponentials[i] * (static_cast<double>(p.logits[i]) - q.logits[i] + shift);
    return std::max(0.0, sum / p.total);
}

/// Whether fewer than `count` tokens are more likely; of equals the first counts as more likely.
bool isAmongTop(const Distribution& distribution, size_t token, int64_t count)
{
    const std::span<const float> logits = distribution.logits;
    const float wanted = logits[token];
    const auto before = logits.first(token);
    const auto after = logits.subspan(token);
    const int64_t likelier =
        std::ranges::count_if(before, [&](float logit) { return logit >= wanted; }) +
        std::ranges::count_if(after, [&](float logit) { return logit > wanted; });
    return likelier < count;
}

void compare(PredictionScore& score, const Distribution& judged, const Distribution& original,
             size_t token)
{
    constexpr int64_t kTop = 5;
    score.originalNll = original.nll(token);
    score.kl = divergence(original, judged);
    score.reverseKl = divergence(judged, original);
    score.sameTop = original.top == judged.top;
    score.topAmongFive = isAmongTop(judged, original.top, kTop);
}

} // namespace

std::vector<PredictionScore> scoreWindow(const Window& window, const Matrix& judged,
                                         const Matrix* original)
{
    std::vector<PredictionScore> scores(static_cast<size_t>(window.predictions()));
    Progress unwatched;
    parallelFor(window.predictions(), 0, unwatched, "", [&](int64_t i, int) {
        PredictionScore& score = scores[static_cast<size_t>(i)];
        score.position = window.firstScored + i;
        const int64_t row = score.position - 1;
        const auto token = static_cast<size_t>(window.tokens[static_cast<size_t>(row + 1)]);
        const Distribution distribution(judged.row(row));
        score.nll = distribution.nll(token);
        score.right = distribution.top == token;
        if (original)
            compare(score, distribution, Distribution(original->row(row)), token);
    });
    return scores;
}

} // namespace bitloom
