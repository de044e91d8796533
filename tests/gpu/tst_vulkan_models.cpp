// SPDX-License-Identifier: GPL-3.0-or-later
// Whole models: both engines give the same logits, whatever scheme the weights are stored in.
#include "core/network/engine/sampling.h"
#include "tests/core/network/tiny_models.h"
#include "tests/gpu/device_test.h"
#include "tests/test_data.h"

#include <QFile>
#include <QTemporaryDir>

using namespace bitloom;

namespace {

constexpr double kTolerance = 1e-3;

std::vector<int32_t> someTokens(const Model& model, size_t count)
{
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < count; ++i)
        tokens.push_back(
            static_cast<int32_t>((i * 37 + 11) % static_cast<size_t>(model.graph.vocabulary)));
    return tokens;
}

/// How many of the schemes a model is run with.
enum class Schemes { Every, SomeOfEveryKind };

/// Schemes that at least one slot of a model accepts.
std::vector<const Scheme*> schemesFor(const std::string& path, Schemes wanted)
{
    const std::vector<int64_t> lengths = rowLengths(*openModel(path));
    std::vector<const Scheme*> result;
    std::ranges::copy_if(schemes(), std::back_inserter(result), [&](const Scheme* scheme) {
        return std::ranges::any_of(lengths, [&](int64_t n) { return scheme->accepts(n); });
    });
    size_t step = wanted == Schemes::Every ? 1 : 4;
#ifdef BITLOOM_SANITIZED // slow
    step = 6;
#endif
    std::vector<const Scheme*> some;
    for (size_t i = 0; i < result.size(); i += step)
        some.push_back(result[i]);
    return some;
}

/// Every fourth.
bool isOneOfSome(const QString& id)
{
    const auto found = std::ranges::find_if(
        schemes(), [&](const Scheme* scheme) { return scheme->id() == id.toStdString(); });
    return (found - schemes().begin()) % 4 == 0;
}

/// The text between the second pair of code fences, without its command line.
QString referenceText(const std::string& path)
{
    QFile file(QString::fromStdString(path));
    if (!file.open(QFile::ReadOnly))
        return {};
    const QString fenced = QString::fromUtf8(file.readAll()).section("```", 3, 3).trimmed();
    return fenced.section('\n', 1);
}

} // namespace

class VulkanModelsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_VULKAN();
        const std::shared_ptr<const Model> model = openModel(sampleData());
        m_kept = makeVulkanEngine(model, OriginalWeights(model), {});
    }

    /// The sample and a tiny model of every architecture with every scheme, other real models with
    /// some of every kind. With sanitizers the tiny ones and the sample, which walk the same code,
    /// must do.
    void enginesAgree_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("id");
        struct Row {
            const char* name;
            std::string path;
            Schemes schemes = Schemes::Every;
        };
        std::vector<Row> models = {{"sample", sampleData()}};
#ifndef BITLOOM_SANITIZED
        if (!testData().empty())
            for (const char* name : {"stories260K", "gpt2-childrens-books", "gpt-nano-sort",
                                     "bert-sst2", "lstm-tinystories-char"})
                models.push_back(
                    {name, testData() + "/models/" + name + "/hf", Schemes::SomeOfEveryKind});
#endif
        for (const Architecture& architecture : architectures()) {
            const char* name = architecture.id.data();
            models.push_back({name, m_folder.filePath(name).toStdString()});
            tinyModel(architecture).write(models.back().path);
        }
        for (const auto& [name, path, wanted] : models)
            for (const Scheme* scheme : schemesFor(path, wanted))
                QTest::addRow("%s %s", name, std::string(scheme->id()).c_str())
                    << QString::fromStdString(path)
                    << QString::fromStdString(std::string(scheme->id()));
    }
    /// Prefill, then one token more.
    void enginesAgree()
    {
        QFETCH(QString, path);
        QFETCH(QString, id);
        const std::shared_ptr<const Model> model = openModel(path.toStdString());
        const EncodedWeights weights(model, schemeNamed(id.toStdString()));
        QVERIFY(weights.encodedSlots() > 0);
        const auto vulkan = makeVulkanEngine(model, weights, {});
        const auto torch = makeTorchEngine(model, weights);
        constexpr int64_t kPadded = 1 << 20; // below, padding is most of the device's memory
        QVERIFY(weights.packedBytes() < kPadded ||
                static_cast<double>(vulkan->weightBytes()) <=
                    1.1 * static_cast<double>(weights.packedBytes()));
        // Logits depend on what came before only: one run of the oracle answers for all lengths.
        // What long texts add is checked with the first models and some schemes; there are many.
        const bool brief =
            path.contains("gpt") || path.startsWith(m_folder.path()) || !isOneOfSome(id);
        const int64_t longest = path.contains("lstm") ? 20 : brief ? 40 : 256;
        const auto most = static_cast<size_t>(std::min(longest, model->graph.contextLength));
        const std::vector<int32_t> tokens = someTokens(*model, most);
        if (model->graph.readsWholeTexts()) {
            TextBatch batch;
            for (const size_t length : {size_t{1}, size_t{3}, size_t{33}, most})
                batch.add(std::span(tokens).first(length));
            return compare(vulkan->encode(batch), torch->encode(batch), 0);
        }
        const auto oracle = torch->newSequence(256);
        const Matrix expected = torch->run(*oracle, tokens, Rows::All);
        const auto sequence = vulkan->newSequence(256);
        for (const size_t count : {1, 3, 33, 255}) {
            if (count >= most)
                continue;
            const std::span<const int32_t> text = std::span(tokens).first(count);
            const std::span<const int32_t> next = std::span(tokens).subspan(count, 1);
            sequence->clear();
            compare(vulkan->run(*sequence, text, Rows::All), expected, 0);
            compare(vulkan->run(*sequence, next, Rows::Last), expected, count);
        }
    }

    void greedyTextEqualsTheReference()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const std::string folder = testData() + "/models/stories260K";
        const std::shared_ptr<const Model> model = openModel(folder + "/hf");
        const auto engine = makeVulkanEngine(model, OriginalWeights(model), {});
        std::vector<int32_t> tokens = model->tokenizer->encode("", true);
        const auto sequence = engine->newSequence(512);
        Matrix logits = engine->run(*sequence, tokens, Rows::Last);
        const QString expected = referenceText(folder + "/reference_sample.md");
        QVERIFY(expected.size() > 200);
        QString text;
        while (text.size() < expected.size() && sequence->length() < 511) {
            tokens.push_back(sampleToken(logits.row(0), 0, 0, 1, 0, 0));
            logits = engine->run(*sequence, std::span(tokens).last(1), Rows::Last);
            text = QString::fromStdString(model->tokenizer->decode(tokens)).trimmed();
        }
        QCOMPARE(text.left(expected.size()), expected);
    }

    void validationIsSilent()
    {
        BITLOOM_REQUIRE_VALID_USE();
    }

private:
    QTemporaryDir m_folder;
    /// Compiled kernels live as long as some engine does.
    std::unique_ptr<Engine> m_kept;

    /// `ours` against as many rows of `theirs` from `firstRow`.
    static void compare(const Matrix& ours, const Matrix& theirs, size_t firstRow)
    {
        Matrix part(ours.rows, ours.columns);
        std::copy_n(theirs.row(static_cast<int64_t>(firstRow)).data(), part.values.size(),
                    part.values.begin());
        const double difference = relativeDifference(ours, part);
        QVERIFY2(difference < kTolerance, qPrintable(QString::number(difference)));
    }
};

QTEST_GUILESS_MAIN(VulkanModelsTest)
#include "tst_vulkan_models.moc"
