// SPDX-License-Identifier: GPL-3.0-or-later
// Values inside a network, one architecture at a time: both engines compute the same ones.
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/network/engine/sampling.h"
#include "core/network/graph/operations.h"
#include "tests/core/network/quantized_activations.h"
#include "tests/core/network/tiny_models.h"
#include "tests/gpu/device_test.h"
#include "tests/test_data.h"

#include <QTemporaryDir>

using namespace bitloom;

namespace {

/// Share of the numbers that are not the same but for rounding in floats.
double differing(const Matrix& a, const Matrix& b)
{
    double greatest = 0;
    for (const float value : b.values)
        greatest = std::max(greatest, std::abs(static_cast<double>(value)));
    int64_t count = 0;
    for (size_t i = 0; i < b.values.size(); ++i)
        count += std::abs(static_cast<double>(a.values[i]) - b.values[i]) > 1e-4 * greatest ? 1 : 0;
    return static_cast<double>(count) / static_cast<double>(b.values.size());
}

Matrix firstRows(const Matrix& all, int64_t count)
{
    Matrix first(std::min(count, all.rows), all.columns);
    std::copy_n(all.values.begin(), first.values.size(), first.values.begin());
    return first;
}

} // namespace

class VulkanOperationsTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    /// Every value: of one text that could go on, or of three whole ones.
    static std::map<int, Matrix> valuesOf(Engine& engine, const Graph& graph,
                                          std::span<const int32_t> tokens)
    {
        std::map<int, Matrix> seen;
        const ValueTap tap = [&](int value, MatrixView view) {
            Matrix copy(view.rows, view.columns);
            std::copy_n(view.data, view.size(), copy.values.begin());
            seen[value] = copy;
        };
        if (graph.readsWholeTexts()) {
            TextBatch batch;
            batch.add(tokens.first(1));
            batch.add(tokens.subspan(1, 9));
            batch.add(tokens.subspan(10));
            engine.encode(batch, tap);
            return seen;
        }
        const auto sequence = engine.newSequence(64);
        engine.runTapped(*sequence, tokens, tap);
        return seen;
    }

    void compareAll(const TinyModel& tiny, const QString& name)
    {
        const std::string folder = m_folder.filePath(name).toStdString();
        tiny.write(folder);
        const auto model = openModel(folder);
        QVERIFY2(model->runnable(), model->missing.c_str());
        const OriginalWeights weights(model);
        std::vector<int32_t> tokens;
        for (int32_t i = 0; i < 37; ++i)
            tokens.push_back(i * 53 % static_cast<int32_t>(model->graph.vocabulary));
        const auto expected = valuesOf(*makeTorchEngine(model, weights), model->graph, tokens);
        const auto values = valuesOf(*makeVulkanEngine(model, weights, {}), model->graph, tokens);
        QCOMPARE(values.size(), model->graph.programs.front().steps.size());
        for (const auto& [value, ours] : values)
            QVERIFY2(relativeDifference(ours, expected.at(value)) < 1e-4,
                     model->graph.value(value).name.c_str());
    }

private Q_SLOTS:
    void initTestCase() { BITLOOM_REQUIRE_VULKAN(); }

    void everyValueAgrees_data()
    {
        QTest::addColumn<int>("row");
        for (size_t i = 0; i < architectures().size(); ++i)
            QTest::newRow(architectures()[i].id.data()) << static_cast<int>(i);
    }
    void everyValueAgrees()
    {
        QFETCH(int, row);
        compareAll(tinyModel(architectures()[static_cast<size_t>(row)]), QTest::currentDataTag());
    }

    void everyActivationAgrees_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"gelu", "gelu_new", "relu"})
            QTest::newRow(name) << name;
    }
    /// With a bias on the head, and inputs far from 0.
    void everyActivationAgrees()
    {
        QFETCH(QString, name);
        TinyGpt2 tiny;
        tiny.configuration["activation_function"] = name.toStdString();
        tiny.shapes["lm_head.bias"] = {2048};
        compareAll(tiny, name);
    }

    void everyActivationSchemeAgrees_data()
    {
        QTest::addColumn<int>("row");
        QTest::addColumn<QString>("scheme");
        // Of the first every scheme; what the others add are other values.
        for (size_t i = 0; i < architectures().size(); ++i)
            for (const ActivationScheme& scheme : activationSchemes())
                if (i == 0 || scheme.id == "int8-token-asym")
                    QTest::addRow("%s, %s", architectures()[i].id.data(), scheme.id.data())
                        << static_cast<int>(i) << QString::fromUtf8(scheme.id);
    }
    /// A value is quantized as the host would, but where a division that is not exact tips what
    /// lies between two codes; and what follows sees it quantized.
    void everyActivationSchemeAgrees()
    {
        QFETCH(int, row);
        QFETCH(QString, scheme);
        const std::string folder = m_folder.filePath("rounded").toStdString();
        tinyModel(architectures()[static_cast<size_t>(row)]).write(folder);
        const auto model = openModel(folder);
        const Graph& graph = model->graph;
        std::vector<int32_t> tokens;
        for (int32_t i = 0; i < 37; ++i)
            tokens.push_back(i * 53 % static_cast<int32_t>(graph.vocabulary));
        const auto plain =
            valuesOf(*makeVulkanEngine(model, OriginalWeights(model), {}), graph, tokens);
        const std::vector<Step>& steps = graph.programs.front().steps;
        for (const size_t at : {steps.size() / 3, steps.size() - 2}) {
            const int value = steps[at].output;
            const QuantizedActivations weights(model, value, scheme.toStdString());
            const auto ours = valuesOf(*makeVulkanEngine(model, weights, {}), graph, tokens);
            const auto torch = valuesOf(*makeTorchEngine(model, weights), graph, tokens);
            // What a hidden state is behind its first row depends on how that was quantized.
            const Matrix before = firstRows(plain.at(value), isRecurrent(steps[at]) ? 1 : 37);
            Matrix expected = before;
            for (int64_t r = 0; r < expected.rows; ++r)
                weights.activationScheme(value)->fakeQuantize(expected.row(r));
            QVERIFY(relativeDifference(before, expected) > 1e-4);
            QVERIFY(differing(firstRows(ours.at(value), before.rows), expected) < 2e-3);
            QVERIFY(differing(firstRows(torch.at(value), before.rows), expected) < 2e-3);
            const int last = graph.programs.front().output;
            const double moved = relativeDifference(plain.at(last), torch.at(last));
            QVERIFY2(relativeDifference(ours.at(last), torch.at(last)) < 1e-4 + moved / 4,
                     qPrintable(QString::number(moved)));
        }
    }

    void everyPoolingAgrees_data()
    {
        QTest::addColumn<QString>("mode");
        for (const char* mode : {"mean_tokens", "cls_token"})
            QTest::newRow(mode) << mode;
    }
    void everyPoolingAgrees()
    {
        QFETCH(QString, mode);
        TinyBert tiny;
        tiny.makeSentenceEncoder(mode.toStdString());
        compareAll(tiny, mode);
    }

    /// Whatever is given in place of the tokens, both engines go on alike; so does a text that is
    /// longer than one run, and a network with states.
    void givenValuesAgree_data() { everyValueAgrees_data(); }
    void givenValuesAgree()
    {
        QFETCH(int, row);
        const std::string folder = m_folder.filePath("given").toStdString();
        tinyModel(architectures()[static_cast<size_t>(row)]).write(folder);
        const auto model = openModel(folder);
        const Graph& graph = model->graph;
        const auto torch = makeTorchEngine(model, OriginalWeights(model));
        const auto vulkan = makeVulkanEngine(model, OriginalWeights(model), {});
        int compared = 0;
        for (size_t value = 0; value < graph.values.size(); ++value) {
            TextBatch batch;
            batch.lengths = {3, 1, 40};
            batch.given = static_cast<int>(value);
            batch.rows = Matrix(graph.values[value].perText ? 3 : 44, graph.values[value].width);
            for (size_t i = 0; i < batch.rows.values.size(); ++i)
                batch.rows.values[i] =
                    static_cast<float>(2 * randomUniform(value, static_cast<uint64_t>(i)) - 1);
            Matrix expected;
            try {
                expected = torch->encode(batch);
            } catch (const Error&) { // not enough to go on from
                QVERIFY_EXCEPTION_THROWN(vulkan->encode(batch), Error);
                continue;
            }
            QVERIFY(relativeDifference(vulkan->encode(batch), expected) < 1e-4);
            ++compared;
        }
        QVERIFY(compared > graph.blocks);
    }

    void sortsEveryInput()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto model = openModel(testData() + "/models/gpt-nano-sort/hf");
        const auto engine = makeVulkanEngine(model, OriginalWeights(model), {});
        const auto sequence = engine->newSequence(11);
        int sorted = 0;
        for (int input = 0; input < 729; ++input) {
            std::vector<int32_t> text;
            for (int rest = input, i = 0; i < 6; ++i, rest /= 3)
                text.push_back(rest % 3);
            std::vector<int32_t> expected = text;
            std::ranges::sort(expected);
            sequence->clear();
            std::vector<int32_t> next = text;
            std::vector<int32_t> continued;
            while (continued.size() < 6) {
                const Matrix logits = engine->run(*sequence, next, Rows::Last);
                next = {sampleToken(logits.row(0), 0, 0, 1, 0, 0)};
                continued.push_back(next.front());
            }
            sorted += continued == expected ? 1 : 0;
        }
        QCOMPARE(sorted, 729);
    }

    /// The bias of a head must be there also where only the last row is asked for.
    void theLastRowHasItsBias()
    {
        TinyGpt2 tiny;
        tiny.shapes["lm_head.bias"] = {2048};
        const std::string folder = m_folder.filePath("bias").toStdString();
        tiny.write(folder);
        const auto model = openModel(folder);
        const std::vector<int32_t> tokens = {4, 5, 6, 7, 8};
        const auto engine = makeVulkanEngine(model, OriginalWeights(model), {});
        const auto sequence = engine->newSequence(400);
        const Matrix all = engine->run(*sequence, tokens, Rows::All);
        sequence->clear();
        const Matrix last = engine->run(*sequence, tokens, Rows::Last);
        Matrix expected(1, 2048);
        std::ranges::copy(all.row(4), expected.values.begin());
        QVERIFY(relativeDifference(last, expected) < 1e-5);
        sequence->clear();
        const std::vector<int32_t> tooMany(302, 3); // of 301 positions
        QVERIFY_EXCEPTION_THROWN(engine->run(*sequence, tooMany, Rows::Last), Error);
    }

    void validationIsSilent() { BITLOOM_REQUIRE_VALID_USE(); }
};

QTEST_GUILESS_MAIN(VulkanOperationsTest)
#include "tst_vulkan_operations.moc"
