// SPDX-License-Identifier: GPL-3.0-or-later
// The Vulkan engine as an engine: sequences, errors, taps, rarer paths.
#include "core/base/error.h"
#include "gpu/device/device_lost.h"
#include "tests/gpu/device_test.h"
#include "tests/refusal.h"
#include "tests/test_data.h"

using namespace bitloom;

namespace {

std::vector<int32_t> someTokens(size_t count)
{
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<int32_t>((i * 37 + 11) % 2048));
    return tokens;
}

} // namespace

class VulkanEngineTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_VULKAN();
        m_model = openModel(sampleData());
        m_weights = std::make_unique<EncodedWeights>(m_model, schemeNamed("q4_k"));
        m_engine = makeVulkanEngine(m_model, *m_weights, {});
        const auto torch = makeTorchEngine(m_model, *m_weights);
        const auto sequence = torch->newSequence(200);
        m_expected = torch->run(*sequence, someTokens(40), Rows::All);
    }

    void namesItself()
    {
        QCOMPARE(m_engine->id(), std::string("vulkan"));
        QVERIFY(m_engine->description().starts_with("Vulkan: "));
    }

    void rarerPathsAgree_data()
    {
        QTest::addColumn<bool>("storage");
        QTest::addColumn<int>("lanes");
        QTest::addColumn<qint64>("slab");
        QTest::newRow("storage buffers") << true << 0 << qint64{0};
        QTest::newRow("eight lanes a row") << false << 8 << qint64{0};
        QTest::newRow("small slabs") << false << 0 << qint64{20000};
    }
    void rarerPathsAgree()
    {
        QFETCH(bool, storage);
        QFETCH(int, lanes);
        QFETCH(qint64, slab);
        VulkanOptions options;
        options.forceStorageBuffers = storage;
        options.forceTexelBuffers = !storage;
        options.lanesPerRow = lanes;
        options.maxSlabBytes = slab;
        const auto engine = makeVulkanEngine(m_model, *m_weights, options);
        const auto sequence = engine->newSequence(64);
        QVERIFY(relativeDifference(engine->run(*sequence, someTokens(40), Rows::All), m_expected) <
                1e-4);
    }

    void piecesEqualTheWhole()
    {
        const std::vector<int32_t> tokens = someTokens(40);
        const auto sequence = m_engine->newSequence(64);
        Matrix pieces;
        for (size_t at = 0; at < tokens.size();) {
            const size_t count = std::min<size_t>(at % 3 == 0 ? 1 : 7, tokens.size() - at);
            const Matrix part =
                m_engine->run(*sequence, std::span(tokens).subspan(at, count), Rows::All);
            pieces.values.insert(pieces.values.end(), part.values.begin(), part.values.end());
            at += count;
        }
        QCOMPARE(sequence->length(), int64_t{40});
        QVERIFY(relativeDifference(pieces, m_expected) < 1e-4);
    }

    void theLastRowIsTheLastOfAll()
    {
        const auto sequence = m_engine->newSequence(64);
        const Matrix last = m_engine->run(*sequence, someTokens(40), Rows::Last);
        Matrix expected(1, m_expected.columns);
        std::ranges::copy(m_expected.row(39), expected.values.begin());
        QCOMPARE(last.rows, int64_t{1});
        QVERIFY(relativeDifference(last, expected) < 1e-4);
    }

    /// The second sequence takes over the first one's memory: nothing of it may show.
    void sequencesDoNotDisturbEachOther()
    {
        auto first = m_engine->newSequence(64);
        const auto second = m_engine->newSequence(64);
        m_engine->run(*first, someTokens(50), Rows::Last);
        QVERIFY(relativeDifference(m_engine->run(*second, someTokens(40), Rows::All), m_expected) <
                1e-4);
        first.reset();
        const auto third = m_engine->newSequence(64);
        QVERIFY(relativeDifference(m_engine->run(*third, someTokens(40), Rows::All), m_expected) <
                1e-4);
        third->clear();
        QCOMPARE(third->length(), int64_t{0});
        QVERIFY(relativeDifference(m_engine->run(*third, someTokens(40), Rows::All), m_expected) <
                1e-4);
    }

    void aSequenceMayOutliveItsEngine()
    {
        auto engine = makeVulkanEngine(m_model, *m_weights, {});
        const auto sequence = engine->newSequence(16);
        engine->run(*sequence, someTokens(3), Rows::Last);
        engine.reset();
        QCOMPARE(sequence->length(), int64_t{3});
    }

    void misuseIsRefused()
    {
        const auto sequence = m_engine->newSequence(4);
        QVERIFY_EXCEPTION_THROWN(m_engine->run(*sequence, someTokens(5), Rows::Last), Error);
        const std::vector<int32_t> outside = {1, 2048};
        QVERIFY_EXCEPTION_THROWN(m_engine->run(*sequence, outside, Rows::Last), Error);
        QCOMPARE(sequence->length(), int64_t{0});
    }

    void tapsShowEveryValue()
    {
        const auto sequence = m_engine->newSequence(64);
        std::map<int, Matrix> seen;
        const Matrix logits =
            m_engine->runTapped(*sequence, someTokens(40), [&](int value, MatrixView view) {
                Matrix copy(view.rows, view.columns);
                std::copy_n(view.data, view.size(), copy.values.begin());
                seen[value] = copy;
            });
        QVERIFY(relativeDifference(logits, m_expected) < 1e-4);
        const auto torch = makeTorchEngine(m_model, *m_weights);
        const auto reference = torch->newSequence(64);
        int compared = 0;
        torch->runTapped(*reference, someTokens(40), [&](int value, MatrixView view) {
            if (!seen.contains(value))
                return;
            Matrix expected(view.rows, view.columns);
            std::copy_n(view.data, view.size(), expected.values.begin());
            QVERIFY(relativeDifference(seen[value], expected) < 1e-4);
            ++compared;
        });
        QVERIFY(compared >= static_cast<int>(m_model->graph.programs.front().steps.size()));
    }

    void tooMuchForTheDeviceIsASentence()
    {
        VulkanOptions options;
        options.maxWeightBytes = 100000;
        const QString said = refusal([&] { makeVulkanEngine(m_model, *m_weights, options); });
        QVERIFY2(said.contains("out of memory"), qPrintable(said));
    }

    void anUnknownDeviceIsASentence()
    {
        VulkanOptions options;
        options.device = "no such device";
        QVERIFY_EXCEPTION_THROWN(makeVulkanEngine(m_model, *m_weights, options), Error);
    }

    void aLostDeviceCanBeToldApart()
    {
        VulkanOptions options;
        options.loseDeviceAfterRuns = 2;
        const auto engine = makeVulkanEngine(m_model, *m_weights, options);
        const auto sequence = engine->newSequence(16);
        engine->run(*sequence, someTokens(1), Rows::Last);
        engine->run(*sequence, someTokens(1), Rows::Last);
        QVERIFY_EXCEPTION_THROWN(engine->run(*sequence, someTokens(1), Rows::Last), DeviceLost);
    }

    void cleanupTestCase()
    {
        m_engine.reset();
        BITLOOM_REQUIRE_VALID_USE();
    }

private:
    std::shared_ptr<const Model> m_model;
    std::unique_ptr<EncodedWeights> m_weights;
    std::unique_ptr<Engine> m_engine;
    Matrix m_expected;
};

QTEST_GUILESS_MAIN(VulkanEngineTest)
#include "tst_vulkan_engine.moc"
