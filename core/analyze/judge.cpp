// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/judge.h"

#include "core/error.h"
#include "core/parallel.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitloom {
namespace {

/// What one prediction adds to a judgement.
struct Score {
    double nll = 0;
    double referenceNll = 0;
    double kl = 0;
    bool right = false;
    bool agrees = false;
};

/// log Σ exp of a row; `exponentials` (when given) receives exp(x − maximum).
double logSumExp(std::span<const float> row, std::vector<double>* exponentials)
{
    const double top = *std::max_element(row.begin(), row.end());
    double sum = 0;
    if (exponentials)
        exponentials->resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) {
        const double e = std::exp(static_cast<double>(row[i]) - top);
        sum += e;
        if (exponentials)
            (*exponentials)[i] = e;
    }
    return top + std::log(sum);
}

size_t topToken(std::span<const float> row)
{
    return static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

/// KL(reference ‖ judged) = Σ p (log p − log q).
double divergence(std::span<const float> reference, double referenceLse,
                  std::span<const float> judged, double judgedLse,
                  const std::vector<double>& exponentials)
{
    const double top = *std::max_element(reference.begin(), reference.end());
    const double shift = judgedLse - referenceLse;
    double sum = 0;
    for (size_t i = 0; i < reference.size(); ++i)
        sum += exponentials[i] * (static_cast<double>(reference[i]) - judged[i] + shift);
    // Never below zero but for rounding of the sum.
    return std::max(0.0, sum * std::exp(top - referenceLse));
}

Score scoreRow(std::span<const float> judged, std::optional<std::span<const float>> reference,
               int32_t token)
{
    const auto wanted = static_cast<size_t>(token);
    const double lse = logSumExp(judged, nullptr);
    Score score;
    score.nll = lse - judged[wanted];
    score.right = topToken(judged) == wanted;
    if (!reference)
        return score;
    std::vector<double> exponentials;
    const double referenceLse = logSumExp(*reference, &exponentials);
    score.referenceNll = referenceLse - (*reference)[wanted];
    score.kl = divergence(*reference, referenceLse, judged, lse, exponentials);
    score.agrees = topToken(*reference) == topToken(judged);
    return score;
}

/// An engine with one sequence that is used for window after window.
class WindowRunner {
public:
    WindowRunner(Engine& engine, int64_t longest)
        : m_engine(engine)
        , m_sequence(engine.newSequence(longest))
    {
    }
    /// Logits of every position but the last, whose prediction nobody can check.
    Matrix logits(const Window& window)
    {
        m_sequence->clear();
        const std::span<const int32_t> tokens(window.tokens);
        return m_engine.run(*m_sequence, tokens.first(tokens.size() - 1), Rows::All);
    }

private:
    Engine& m_engine;
    std::unique_ptr<Sequence> m_sequence;
};

std::vector<Score> scoreWindow(const Window& window, const Matrix& judged, const Matrix* reference)
{
    std::vector<Score> scores(static_cast<size_t>(window.predictions()));
    Progress unwatched;
    parallelFor(window.predictions(), 0, unwatched, "", [&](int64_t i, int) {
        const int64_t position = window.firstScored - 1 + i;
        std::optional<std::span<const float>> row;
        if (reference)
            row = reference->row(position);
        scores[static_cast<size_t>(i)] =
            scoreRow(judged.row(position), row, window.tokens[static_cast<size_t>(position + 1)]);
    });
    return scores;
}

struct Spread {
    double mean = 0;
    double standardError = 0; ///< sample standard deviation / √n
};

template <typename Member>
Spread spreadOf(const std::vector<Score>& scores, Member member)
{
    const auto n = static_cast<double>(scores.size());
    double sum = 0;
    for (const Score& score : scores)
        sum += score.*member;
    const double mean = sum / n;
    double squares = 0;
    for (const Score& score : scores)
        squares += (score.*member - mean) * (score.*member - mean);
    return {mean, n > 1 ? std::sqrt(squares / (n - 1) / n) : 0};
}

/// Between the two nearest ranks, as NumPy's default.
double percentile(std::vector<double> values, double share)
{
    std::sort(values.begin(), values.end());
    const double rank = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<size_t>(rank);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (rank - static_cast<double>(below)) * (values[above] - values[below]);
}

double shareOf(const std::vector<Score>& scores, bool Score::*member)
{
    return static_cast<double>(std::ranges::count(scores, true, member)) /
           static_cast<double>(scores.size());
}

void addComparison(Judgement& judgement, const std::vector<Score>& scores)
{
    judgement.compared = true;
    judgement.originalPerplexity = std::exp(spreadOf(scores, &Score::referenceNll).mean);
    const Spread kl = spreadOf(scores, &Score::kl);
    judgement.klMean = kl.mean;
    judgement.klStandardError = kl.standardError;
    std::vector<double> values;
    values.reserve(scores.size());
    for (const Score& score : scores)
        values.push_back(score.kl);
    judgement.klP99 = percentile(std::move(values), 0.99);
    judgement.topAgreement = shareOf(scores, &Score::agrees);
}

Judgement summary(const std::vector<Score>& scores, bool compared)
{
    Judgement judgement;
    judgement.tokens = static_cast<int64_t>(scores.size());
    if (scores.empty())
        return judgement;
    const Spread nll = spreadOf(scores, &Score::nll);
    judgement.perplexity = std::exp(nll.mean);
    judgement.standardError = judgement.perplexity * nll.standardError;
    judgement.accuracy = shareOf(scores, &Score::right);
    if (compared)
        addComparison(judgement, scores);
    return judgement;
}

int64_t longestWindow(const std::vector<Window>& windows)
{
    size_t longest = 1;
    for (const Window& window : windows)
        longest = std::max(longest, window.tokens.size());
    return static_cast<int64_t>(longest);
}

} // namespace

Judgement judge(Engine& judged, Engine* reference, const std::vector<Window>& windows,
                Progress& progress)
{
    const int64_t longest = longestWindow(windows);
    WindowRunner judgedRunner(judged, longest);
    std::optional<WindowRunner> referenceRunner;
    if (reference)
        referenceRunner.emplace(*reference, longest);
    std::vector<Score> scores;
    size_t done = 0;
    for (; done < windows.size() && !progress.stopRequested(); ++done) {
        const Matrix logits = judgedRunner.logits(windows[done]);
        std::optional<Matrix> referenceLogits;
        if (referenceRunner)
            referenceLogits = referenceRunner->logits(windows[done]);
        const std::vector<Score> more =
            scoreWindow(windows[done], logits, referenceLogits ? &*referenceLogits : nullptr);
        scores.insert(scores.end(), more.begin(), more.end());
        progress.report(static_cast<double>(done + 1) / static_cast<double>(windows.size()),
                        "window " + std::to_string(done + 1) + " of " +
                            std::to_string(windows.size()));
    }
    Judgement judgement = summary(scores, reference != nullptr);
    judgement.complete = done == windows.size();
    return judgement;
}

} // namespace bitloom
