// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/text.h"
#include "core/base/tensor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bitloom {

/// What is kept of one distribution of the original: its likeliest tokens, and all others as one.
struct CachedRow {
    std::span<const int32_t> tokens; ///< in front the likeliest of all, of equals the first
    std::span<const float> logits;   ///< theirs
    double logSumExp = 0;            ///< ln Σ exp over the whole vocabulary
    double rest = 0;                 ///< probability of all other tokens together
    float wanted = 0;                ///< logit of the token that came
};

/// The original's predictions over windows of a text, so that a second recipe is evaluated without
/// running the original again. Perplexity, top-1 and top-5 agreement lose nothing. A divergence by
/// cached rows is that of the distributions over the cached tokens and the rest as one outcome: at
/// most the whole one, by the data processing inequality (Cover and Thomas 2006, §2.8), and the
/// same where the whole vocabulary is kept. What is missing is about the rest's share of the
/// probability: on the bundled sample at 3 to 8 bits KL comes out 15 % low from 64 of its 2048
/// tokens, 5 % from 256, 0.3 % from 1024.
class CachedReference {
public:
    /// `tokens` of every prediction, or the whole vocabulary where that has fewer.
    explicit CachedReference(int64_t tokens);

    /// The next window: [positions, vocabulary] logits of every token but the last.
    void add(const Window& window, const Matrix& logits);
    size_t windows() const { return m_firsts.size(); }
    /// What is kept of a prediction of a window that was added.
    CachedRow row(size_t window, int64_t prediction) const;
    int64_t tokens() const { return m_tokens; }
    /// Whether that is the whole vocabulary.
    bool isWhole() const { return m_isWhole; }
    /// Mean probability of what was not kept.
    double meanRest() const;
    /// How many tokens can be kept of every prediction in so many bytes; at most the vocabulary.
    static int64_t tokensIn(int64_t bytes, const std::vector<Window>& windows, int64_t vocabulary);

private:
    struct Whole {
        double logSumExp;
        double rest;
        float wanted;
    };
    void cacheRow(size_t row, std::span<const float> logits, int32_t wanted);

    int64_t m_tokens;
    bool m_isWhole = false;
    std::vector<size_t> m_firsts; ///< row of each window's first prediction
    std::vector<Whole> m_wholes;  ///< a row each
    std::vector<int32_t> m_ids;   ///< m_tokens a row
    std::vector<float> m_logits;  ///< the same
};

} // namespace bitloom
