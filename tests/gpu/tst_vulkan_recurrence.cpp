// SPDX-License-Identifier: GPL-3.0-or-later
// Recurrent networks on the device: a window is one submit, and states go from run to run.
#include "gpu/kernels/storage_choice.h"
#include "gpu/run/forward.h"
#include "tests/core/network/tiny_lstm.h"
#include "tests/gpu/device_test.h"

#include <QTemporaryDir>

using namespace bitloom;

namespace {

constexpr double kTolerance = 1e-4;
constexpr int kGates = 4;

std::vector<int32_t> someTokens(size_t count, int64_t vocabulary)
{
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < count; ++i)
        tokens.push_back(static_cast<int32_t>((i * 53 + 7) % static_cast<size_t>(vocabulary)));
    return tokens;
}

Matrix rowsOf(const Matrix& all, size_t first, int64_t count)
{
    Matrix part(count, all.columns);
    std::copy_n(all.row(static_cast<int64_t>(first)).data(), part.values.size(),
                part.values.begin());
    return part;
}

} // namespace

class VulkanRecurrenceTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_tiny;

    static Matrix expected(const std::shared_ptr<const Model>& model,
                           const std::vector<int32_t>& tokens)
    {
        const auto torch = makeTorchEngine(model, OriginalWeights(model));
        const auto sequence = torch->newSequence(static_cast<int64_t>(tokens.size()));
        return torch->run(*sequence, tokens, Rows::All);
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_VULKAN();
        const std::string folder = m_folder.filePath("tiny").toStdString();
        TinyLstm().write(folder);
        m_tiny = openModel(folder);
    }

    void aWindowIsOneSubmit()
    {
        std::vector<std::shared_ptr<const Model>> models = {m_tiny};
        if (!testData().empty())
            models.push_back(openModel(testData() + "/models/lstm-tinystories-char/hf"));
        for (const auto& model : models) {
            const auto device = Device::open({});
            Forward forward(model, Pipelines::of(device, chooseVariant(device, {})),
                            OriginalWeights(model), {});
            QVERIFY(forward.longestRun() >= 128);
            const auto memory = forward.newSequenceMemory(kNoLastPosition);
            const std::vector<int32_t> tokens = someTokens(128, model->graph.vocabulary);
            Matrix logits(128, model->graph.vocabulary);
            forward.run(*memory, 0, tokens, OutputRows::All, logits.values);
            QVERIFY(relativeDifference(logits, expected(model, tokens)) < kTolerance);
            QCOMPARE(memory->recordings.size(), size_t{1});
            const Recording& recorded = *memory->recordings.begin()->second;
            QCOMPARE(recorded.submits(), 1);
            // A cell for every position, behind the products it needs, and nothing that waits
            // for more than these.
            const int steps = 128 * model->graph.blocks;
            QVERIFY(recorded.dispatches() >= steps * (kGates + 1));
            QVERIFY(recorded.barriers() <= 2 * steps + 16);
        }
    }

    void statesGoFromRunToRun_data()
    {
        QTest::addColumn<std::vector<size_t>>("pieces");
        QTest::newRow("at once") << std::vector<size_t>{300};
        QTest::newRow("one by one") << std::vector<size_t>{1, 1, 1, 1, 1};
        QTest::newRow("behind a part of a recording") << std::vector<size_t>{5, 17, 1, 16, 40, 2};
    }
    void statesGoFromRunToRun()
    {
        QFETCH(std::vector<size_t>, pieces);
        const std::vector<int32_t> tokens = someTokens(300, 2048);
        const Matrix right = expected(m_tiny, tokens);
        const auto engine = makeVulkanEngine(m_tiny, OriginalWeights(m_tiny), {});
        const auto sequence = engine->newSequence(300);
        // Twice: the second text must find nothing of the first.
        for (const Rows rows : {Rows::All, Rows::Last}) {
            sequence->clear();
            size_t from = 0;
            for (const size_t count : pieces) {
                const Matrix ours =
                    engine->run(*sequence, std::span(tokens).subspan(from, count), rows);
                from += count;
                const Matrix theirs =
                    rowsOf(right, from - static_cast<size_t>(ours.rows), ours.rows);
                QVERIFY(relativeDifference(ours, theirs) < kTolerance);
            }
        }
    }

    /// Two texts at a time, and one that reuses the memory of another that ended.
    void textsDoNotMix()
    {
        const std::vector<int32_t> tokens = someTokens(20, 2048);
        const Matrix right = expected(m_tiny, tokens);
        const auto engine = makeVulkanEngine(m_tiny, OriginalWeights(m_tiny), {});
        const std::span<const int32_t> all(tokens);
        auto a = engine->newSequence(10);
        const auto b = engine->newSequence(100000);
        engine->run(*a, all.first(8), Rows::Last);
        engine->run(*b, all.first(10), Rows::Last);
        QVERIFY(relativeDifference(engine->run(*a, all.subspan(8, 1), Rows::Last),
                                   rowsOf(right, 8, 1)) < kTolerance);
        a.reset();
        const auto c = engine->newSequence(500000);
        QVERIFY(relativeDifference(engine->run(*c, all.first(1), Rows::Last), rowsOf(right, 0, 1)) <
                kTolerance);
        QVERIFY(relativeDifference(engine->run(*b, all.subspan(10, 1), Rows::Last),
                                   rowsOf(right, 10, 1)) < kTolerance);
    }

    /// Both ways of reading memory, and matrices in several slabs.
    void rarerPathsAgree()
    {
        VulkanOptions texels;
        texels.forceTexelBuffers = true;
        VulkanOptions storage;
        storage.forceStorageBuffers = true;
        VulkanOptions slabs;
        slabs.maxSlabBytes = 1024;
        const std::vector<int32_t> tokens = someTokens(24, 2048);
        const Matrix right = expected(m_tiny, tokens);
        for (const VulkanOptions& options : {texels, storage, slabs}) {
            const auto engine = makeVulkanEngine(m_tiny, OriginalWeights(m_tiny), options);
            const auto sequence = engine->newSequence(24);
            QVERIFY(relativeDifference(engine->run(*sequence, tokens, Rows::All), right) <
                    kTolerance);
        }
    }

    void validationIsSilent() { BITLOOM_REQUIRE_VALID_USE(); }
};

QTEST_GUILESS_MAIN(VulkanRecurrenceTest)
#include "tst_vulkan_recurrence.moc"
