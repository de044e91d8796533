// SPDX-License-Identifier: GPL-3.0-or-later
// What is kept of the original: what it costs on the bundled sample, and what it saves.
#include "core/analyze/evaluation/text_evaluation.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QtTest>

using namespace bitloom;

namespace {

/// Counts the runs of an engine.
class CountingEngine : public Engine {
public:
    CountingEngine(std::unique_ptr<Engine> engine, int& runs)
        : m_engine(std::move(engine))
        , m_runs(runs)
    {
    }
    std::string id() const override { return m_engine->id(); }
    std::string description() const override { return m_engine->description(); }
    int64_t weightBytes() const override { return m_engine->weightBytes(); }
    std::unique_ptr<Sequence> newSequence(int64_t positions) override
    {
        return m_engine->newSequence(positions);
    }
    Matrix run(Sequence& sequence, std::span<const int32_t> tokens, Rows rows) override
    {
        ++m_runs;
        return m_engine->run(sequence, tokens, rows);
    }
    Matrix encode(const TextBatch& batch, const ValueTap& tap) override
    {
        return m_engine->encode(batch, tap);
    }

private:
    std::unique_ptr<Engine> m_engine;
    int& m_runs;
};

EvaluationSettings evaluation(int64_t windows)
{
    EvaluationSettings settings;
    settings.text = readTextFile(sampleData() + "/evaluation.txt");
    settings.windows.windows = windows;
    settings.windows.context = 64;
    return settings;
}

} // namespace

class TestCachedReference : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_sample;
    int m_runs = 0;

    std::shared_ptr<Workbench> counted()
    {
        return std::make_shared<Workbench>(
            m_sample->sharedModel(),
            [this](std::shared_ptr<const Model> model, const WeightSource& weights,
                   const std::string& wanted, std::string& notice) -> std::unique_ptr<Engine> {
                return std::make_unique<CountingEngine>(
                    torchEngines()(std::move(model), weights, wanted, notice), m_runs);
            });
    }

private Q_SLOTS:
    void initTestCase() { m_sample = openSample(); }

    void keepingFewTokensCostsWhatIsSaid_data()
    {
        QTest::addColumn<QString>("scheme");
        for (const char* scheme : {"q8_0", "int4-g32-sym", "int3-g32-sym"})
            QTest::newRow(scheme) << scheme;
    }

    /// KL from the likeliest tokens and the rest as one is below the exact one by what
    /// cached_reference.h says.
    void keepingFewTokensCostsWhatIsSaid()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        QFETCH(QString, scheme);
        const std::shared_ptr<const Model> model = m_sample->sharedModel();
        const Recipe recipe = uniform(*model, scheme.toStdString());
        const auto original = makeTorchEngine(model, OriginalWeights(model));
        const auto quantized = makeTorchEngine(model, Variant(TransformedModel(model), recipe));
        const EvaluationSettings settings = evaluation(24);
        const std::vector<Window> windows =
            settings.text.windows(*model->tokenizer, 64, settings.windows)->windows;
        Progress progress;
        const TextEvaluation exact = evaluate(*quantized, original.get(), windows, progress);
        for (const auto& [tokens, missing] : {std::pair{64, 0.15}, {256, 0.05}, {1024, 0.003}}) {
            CachedReference cached(tokens);
            const TextEvaluation found =
                evaluate(*quantized, original.get(), windows, progress, &cached);
            for (const double share :
                 {found.kl.value / exact.kl.value, found.reverseKl.value / exact.reverseKl.value})
                QVERIFY2(share < 1 && share > 1 - 1.3 * missing,
                         qPrintable(QString("%1 tokens: %2").arg(tokens).arg(share)));
            QVERIFY(std::abs(found.logPerplexityRatio.value - exact.logPerplexityRatio.value) <
                    1e-6);
            QCOMPARE(found.topAgreement.value, exact.topAgreement.value);
            QCOMPARE(found.topFiveAgreement.value, exact.topFiveAgreement.value);
        }
    }

    void asManyTokensAreCachedAsFit()
    {
        const std::vector<Window> windows{{std::vector<int32_t>(101), 1}};
        QCOMPARE(CachedReference::tokensIn(0, windows, 2048), 0);
        QCOMPARE(CachedReference::tokensIn(int64_t{1} << 40, windows, 2048), 2048);
        QCOMPARE(CachedReference::tokensIn(100 * (8 * 50 + 24), windows, 2048), 50);
        QCOMPARE(CachedReference::tokensIn(100 * (8 * 50 + 24) - 1, windows, 2048), 49);
    }

    /// The second recipe is evaluated without the original, and as if it had been the first.
    void theOriginalIsRunOnce()
    {
        const Recipe first = uniform(m_sample->model(), "int3-g32-sym");
        const Recipe second = uniform(m_sample->model(), "int4-g32-sym");
        EvaluationSettings settings = evaluation(4);
        settings.cacheBytes = 4 * 63 * (8 * 1200 + 24);
        const auto workbench = counted();
        evaluated(*workbench, first, settings);
        QCOMPARE(m_runs, 8);
        const TextEvaluation later = evaluated(*workbench, second, settings);
        QCOMPARE(m_runs, 12);
        QCOMPARE(later.cachedTokens, 1200);
        QVERIFY(later.restMass > 0 && later.restMass < 0.003);
        const TextEvaluation alone = evaluated(*counted(), second, settings);
        QCOMPARE(later.kl.value, alone.kl.value);
        QCOMPARE(later.reverseKl.value, alone.reverseKl.value);
        QCOMPARE(later.perplexity, alone.perplexity);
        QCOMPARE(later.originalPerplexity, alone.originalPerplexity);

        const std::string whole = settings.text.text();
        settings.text = whole.substr(whole.size() / 2);
        m_runs = 0;
        evaluated(*workbench, second, settings);
        QCOMPARE(m_runs, 8);                           // another text
        settings.cacheBytes = 4 * 63 * (8 * 900 + 24); // too few to be worth it
        m_runs = 0;
        QCOMPARE(evaluated(*workbench, second, settings).cachedTokens, 0);
        QCOMPARE(m_runs, 8);
    }
};

QTEST_APPLESS_MAIN(TestCachedReference)
#include "tst_cached_reference.moc"
