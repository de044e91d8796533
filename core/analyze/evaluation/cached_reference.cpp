// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/cached_reference.h"

#include "core/base/parallel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitloom {
namespace {

/// All tokens, the `count` likeliest of them in front and the very likeliest first of all.
std::vector<int32_t> likeliestFirst(std::span<const float> logits, int64_t count)
{
    std::vector<int32_t> ids(logits.size());
    std::iota(ids.begin(), ids.end(), 0);
    const auto likelier = [&](int32_t a, int32_t b) {
        const float x = logits[static_cast<size_t>(a)];
        const float y = logits[static_cast<size_t>(b)];
        return x != y ? x > y : a < b;
    };
    const auto end = ids.begin() + count;
    std::nth_element(ids.begin(), end - 1, ids.end(), likelier);
    std::iter_swap(ids.begin(), std::min_element(ids.begin(), end, likelier));
    return ids;
}

/// Σ exp(logit − top) of some tokens.
double sumOfExponentials(std::span<const float> logits, std::span<const int32_t> tokens, double top)
{
    double sum = 0;
    for (const int32_t token : tokens)
        sum += std::exp(logits[static_cast<size_t>(token)] - top);
    return sum;
}

} // namespace

CachedReference::CachedReference(int64_t tokens)
    : m_tokens(tokens)
{
}

void CachedReference::cacheRow(size_t row, std::span<const float> logits, int32_t wanted)
{
    const std::vector<int32_t> ids = likeliestFirst(logits, m_tokens);
    const auto count = static_cast<size_t>(m_tokens);
    const auto cached = std::span(ids).first(count);
    const double top = logits[static_cast<size_t>(ids.front())];
    const double rest = sumOfExponentials(logits, std::span(ids).subspan(count), top);
    const double total = sumOfExponentials(logits, cached, top) + rest;
    m_wholes[row] = {top + std::log(total), rest / total, logits[static_cast<size_t>(wanted)]};
    std::ranges::copy(cached, m_ids.begin() + static_cast<std::ptrdiff_t>(row * count));
    std::ranges::transform(cached, m_logits.begin() + static_cast<std::ptrdiff_t>(row * count),
                           [&](int32_t id) { return logits[static_cast<size_t>(id)]; });
}

void CachedReference::add(const Window& window, const Matrix& logits)
{
    m_isWhole = logits.columns <= m_tokens;
    m_tokens = std::min(m_tokens, logits.columns);
    const size_t first = m_wholes.size();
    m_firsts.push_back(first);
    m_wholes.resize(first + static_cast<size_t>(window.predictions()));
    m_ids.resize(m_wholes.size() * static_cast<size_t>(m_tokens));
    m_logits.resize(m_ids.size());
    Progress unwatched;
    parallelFor(window.predictions(), 0, unwatched, "", [&](int64_t i, int) {
        const int64_t next = window.firstScored + i;
        cacheRow(first + static_cast<size_t>(i), logits.row(next - 1),
                 window.tokens[static_cast<size_t>(next)]);
    });
}

CachedRow CachedReference::row(size_t window, int64_t prediction) const
{
    const size_t row = m_firsts[window] + static_cast<size_t>(prediction);
    const auto count = static_cast<size_t>(m_tokens);
    const Whole& whole = m_wholes[row];
    return {std::span(m_ids).subspan(row * count, count),
            std::span(m_logits).subspan(row * count, count), whole.logSumExp, whole.rest,
            whole.wanted};
}

double CachedReference::meanRest() const
{
    const double sum =
        std::accumulate(m_wholes.begin(), m_wholes.end(), 0.0,
                        [](double all, const Whole& whole) { return all + whole.rest; });
    return m_wholes.empty() ? 0 : sum / static_cast<double>(m_wholes.size());
}

int64_t CachedReference::tokensIn(int64_t bytes, const std::vector<Window>& windows,
                                  int64_t vocabulary)
{
    constexpr auto kToken = static_cast<int64_t>(sizeof(int32_t) + sizeof(float));
    int64_t predictions = 0;
    for (const Window& window : windows)
        predictions += window.predictions();
    const int64_t row = bytes / std::max<int64_t>(1, predictions);
    const int64_t tokens = (row - static_cast<int64_t>(sizeof(Whole))) / kToken;
    return std::clamp<int64_t>(tokens, 0, vocabulary);
}

} // namespace bitloom
