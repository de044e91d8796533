// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/text_evaluation.h"

#include "core/analyze/evaluation/prediction_score.h"
#include "core/network/engine/finite_values.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

namespace bitloom {
namespace {

using Scores = std::vector<PredictionScore>;

/// An engine with one sequence that is used for window after window.
class WindowRunner {
public:
    WindowRunner(Engine& engine, int64_t longest)
        : m_engine(engine)
        , m_sequence(engine.newSequence(longest))
    {
    }
    /// Logits of every position but the last, whose prediction nobody can check. Long windows are
    /// run in stretches, each of them reported; stopped between two: no rows.
    Matrix logits(const Window& window, Progress& progress)
    {
        m_sequence->clear();
        const std::span<const int32_t> tokens(window.tokens.data(), window.tokens.size() - 1);
        Matrix logits = m_engine.run(*m_sequence, stretchOf(tokens, 0), Rows::All);
        for (size_t from = kStretch; from < tokens.size(); from += kStretch) {
            const double share = static_cast<double>(from) / static_cast<double>(tokens.size());
            progress.report(share, "token " + std::to_string(from) + " of a window of " +
                                       std::to_string(window.tokens.size()));
            if (progress.stopRequested())
                return {};
            const Matrix more = m_engine.run(*m_sequence, stretchOf(tokens, from), Rows::All);
            logits.values.insert(logits.values.end(), more.values.begin(), more.values.end());
            logits.rows += more.rows;
        }
        requireFiniteOutput(logits.view(), "evaluate");
        return logits;
    }

private:
    /// Attention over more at once takes memory by the square, and minutes without a word.
    static constexpr size_t kStretch = 1024;
    static std::span<const int32_t> stretchOf(std::span<const int32_t> tokens, size_t from)
    {
        return tokens.subspan(from, std::min(kStretch, tokens.size() - from));
    }

    Engine& m_engine;
    std::unique_ptr<Sequence> m_sequence;
};

/// What is evaluated is compared with: the original, run or remembered, or nothing.
class Original {
public:
    Original(Engine* engine, CachedReference* cached, int64_t longest)
        : m_cached(cached)
    {
        if (engine)
            m_runner.emplace(*engine, longest);
    }
    bool isThere() const { return m_cached || m_runner; }
    /// Scores of `evaluated` rows of the window of that index; none: stopped.
    Scores scores(const Window& window, const Matrix& evaluated, size_t index, Progress& progress)
    {
        const bool known = m_cached && index < m_cached->windows();
        const Matrix original = m_runner && !known ? m_runner->logits(window, progress) : Matrix();
        if (m_runner && !known && original.rows == 0)
            return {};
        if (!m_cached)
            return scoreWindow(window, evaluated, m_runner ? &original : nullptr);
        if (!known)
            m_cached->add(window, original);
        return scoreWindow(window, evaluated, *m_cached, index);
    }

private:
    CachedReference* m_cached;
    std::optional<WindowRunner> m_runner;
};

template <typename Figure>
std::vector<double> eachOf(const Scores& scores, const Figure& figure)
{
    std::vector<double> values;
    values.reserve(scores.size());
    for (const PredictionScore& score : scores)
        values.push_back(static_cast<double>(std::invoke(figure, score)));
    return values;
}

std::vector<KlStretch> klAlong(const Scores& scores)
{
    const auto [nearest, farthest] = std::ranges::minmax(scores, {}, &PredictionScore::position);
    const int64_t first = nearest.position;
    const int64_t positions = farthest.position - first + 1;
    const int64_t count = std::min(positions, kMostStretches);
    std::vector<KlStretch> stretches(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
        stretches[static_cast<size_t>(i)].first = first + positions * i / count;
        stretches[static_cast<size_t>(i)].last = first + positions * (i + 1) / count - 1;
    }
    for (const PredictionScore& score : scores) {
        const auto stretch =
            std::ranges::lower_bound(stretches, score.position, {}, &KlStretch::last);
        stretch->kl += score.kl;
        ++stretch->predictions;
    }
    std::erase_if(stretches, [](const KlStretch& stretch) { return stretch.predictions == 0; });
    for (KlStretch& stretch : stretches)
        stretch.kl /= static_cast<double>(stretch.predictions);
    return stretches;
}

void addComparison(TextEvaluation& evaluation, const Scores& scores,
                   std::span<const int64_t> blocks)
{
    const auto mean = [&](const auto& figure) { return blockMean(eachOf(scores, figure), blocks); };
    evaluation.compared = true;
    evaluation.originalPerplexity = std::exp(mean(&PredictionScore::originalNll).value);
    evaluation.logPerplexityRatio =
        mean([](const PredictionScore& score) { return score.nll - score.originalNll; });
    evaluation.klBlocks = blockSums(eachOf(scores, &PredictionScore::kl), blocks);
    evaluation.kl = blockMean(evaluation.klBlocks);
    evaluation.reverseKl = mean(&PredictionScore::reverseKl);
    evaluation.topAgreement = mean(&PredictionScore::sameTop);
    evaluation.topFiveAgreement = mean(&PredictionScore::topAmongFive);
    std::vector<double> sorted = eachOf(scores, &PredictionScore::kl);
    std::ranges::sort(sorted);
    std::ranges::transform(kKlQuantiles, evaluation.klQuantiles.begin(),
                           [&](const KlQuantile& read) { return quantile(sorted, read.share); });
    evaluation.klAlong = klAlong(scores);
}

/// `predictions`: of each window that was finished.
TextEvaluation evaluationOf(const Scores& scores, std::span<const int64_t> predictions,
                            bool compared)
{
    TextEvaluation evaluation;
    evaluation.tokens = static_cast<int64_t>(scores.size());
    if (scores.empty())
        return evaluation;
    const std::vector<int64_t> blocks = textBlocks(predictions);
    evaluation.blocks = static_cast<int64_t>(blocks.size());
    const Estimate nll = blockMean(eachOf(scores, &PredictionScore::nll), blocks);
    evaluation.perplexity = std::exp(nll.value);
    evaluation.standardError = evaluation.perplexity * nll.standardError;
    evaluation.accuracy = meanOf(eachOf(scores, &PredictionScore::right)).value;
    if (compared)
        addComparison(evaluation, scores, blocks);
    return evaluation;
}

int64_t longestWindow(const std::vector<Window>& windows)
{
    size_t longest = 1;
    for (const Window& window : windows)
        longest = std::max(longest, window.tokens.size());
    return static_cast<int64_t>(longest);
}

} // namespace

TextEvaluation evaluate(Engine& evaluated, Engine* reference, const std::vector<Window>& windows,
                        Progress& progress, CachedReference* cached)
{
    const int64_t longest = longestWindow(windows);
    WindowRunner runner(evaluated, longest);
    Original original(reference, cached, longest);
    Scores scores;
    std::vector<int64_t> predictions;
    for (const Window& window : windows) {
        if (progress.stopRequested())
            break;
        ProgressSpan all = spanOf(progress, predictions.size(), 1, windows.size());
        ProgressSpan first(all, 0, original.isThere() ? 0.5 : 1);
        ProgressSpan second(all, 0.5, 1);
        const Matrix logits = runner.logits(window, first);
        const Scores more = logits.rows > 0
                                ? original.scores(window, logits, predictions.size(), second)
                                : Scores();
        if (more.empty())
            break;
        scores.insert(scores.end(), more.begin(), more.end());
        predictions.push_back(window.predictions());
        reportWindows(progress, predictions.size(), windows.size());
    }
    TextEvaluation evaluation = evaluationOf(scores, predictions, original.isThere());
    evaluation.complete = predictions.size() == windows.size();
    if (cached && !cached->isWhole()) {
        evaluation.cachedTokens = cached->tokens();
        evaluation.restMass = cached->meanRest();
    }
    return evaluation;
}

} // namespace bitloom
