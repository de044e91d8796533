// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/prediction_score.h"

#include "core/base/finite.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace bitloom {
namespace {

/// ln of a probability that is as good as none, where exp still is a number.
constexpr double kLeast = -700;

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
    return notBelowZero(sum / p.total);
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

/// Of quantized predictions; the original's most likely token is `top`.
void compareTops(PredictionScore& score, const Distribution& evaluated, size_t top)
{
    constexpr int64_t kTop = 5;
    score.sameTop = top == evaluated.top;
    score.topAmongFive = isAmongTop(evaluated, top, kTop);
}

void compare(PredictionScore& score, const Distribution& evaluated, const Distribution& original,
             size_t token)
{
    score.originalNll = original.nll(token);
    score.kl = divergence(original, evaluated);
    score.reverseKl = divergence(evaluated, original);
    compareTops(score, evaluated, original.top);
}

/// Sums of p (ln p − ln q) and of q (ln q − ln p) over outcomes.
struct Divergences {
    double forward = 0;
    double reverse = 0;

    void add(double lnP, double lnQ)
    {
        forward += std::exp(lnP) * (lnP - lnQ);
        reverse += std::exp(lnQ) * (lnQ - lnP);
    }
};

/// ln of the probability of all tokens but those; without one left −∞.
double logRest(const Distribution& distribution, std::span<const int32_t> tokens)
{
    std::vector<double> others = distribution.exponentials;
    for (const int32_t token : tokens)
        others[static_cast<size_t>(token)] = 0;
    return std::log(std::accumulate(others.begin(), others.end(), 0.0) / distribution.total);
}

void compare(PredictionScore& score, const Distribution& evaluated, const CachedRow& original)
{
    Divergences sums;
    for (size_t i = 0; i < original.tokens.size(); ++i)
        sums.add(original.logits[i] - original.logSumExp,
                 -evaluated.nll(static_cast<size_t>(original.tokens[i])));
    if (original.tokens.size() < evaluated.logits.size())
        sums.add(std::max(std::log(original.rest), kLeast),
                 std::max(logRest(evaluated, original.tokens), kLeast));
    score.originalNll = original.logSumExp - original.wanted;
    score.kl = notBelowZero(sums.forward);
    score.reverseKl = notBelowZero(sums.reverse);
    compareTops(score, evaluated, static_cast<size_t>(original.tokens.front()));
}

/// `compareWith(score, distribution, prediction)` adds what the original says.
template <typename Compare>
std::vector<PredictionScore> scoreEach(const Window& window, const Matrix& evaluated,
                                       const Compare& compareWith)
{
    std::vector<PredictionScore> scores(static_cast<size_t>(window.predictions()));
    Progress unwatched;
    parallelFor(window.predictions(), 0, unwatched, "", [&](int64_t i, int) {
        PredictionScore& score = scores[static_cast<size_t>(i)];
        score.position = window.firstScored + i;
        const auto token = static_cast<size_t>(window.tokens[static_cast<size_t>(score.position)]);
        const Distribution distribution(evaluated.row(score.position - 1));
        score.nll = distribution.nll(token);
        score.right = distribution.top == token;
        compareWith(score, distribution, i);
    });
    return scores;
}

} // namespace

std::vector<PredictionScore> scoreWindow(const Window& window, const Matrix& evaluated,
                                         const Matrix* original)
{
    return scoreEach(
        window, evaluated, [&](PredictionScore& score, const Distribution& distribution, int64_t) {
            if (original)
                compare(score, distribution, Distribution(original->row(score.position - 1)),
                        static_cast<size_t>(window.tokens[static_cast<size_t>(score.position)]));
        });
}

std::vector<PredictionScore> scoreWindow(const Window& window, const Matrix& evaluated,
                                         const CachedReference& original, size_t index)
{
    return scoreEach(window, evaluated,
                     [&](PredictionScore& score, const Distribution& distribution, int64_t i) {
                         compare(score, distribution, original.row(index, i));
                     });
}

} // namespace bitloom
