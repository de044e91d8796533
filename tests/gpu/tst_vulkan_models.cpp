// SPDX-License-Identifier: GPL-3.0-or-later
// Whole models: both engines give the same logits, whatever scheme the weights are stored in.
#include "core/network/sampling.h"
#include "tests/gpu/device_test.h"
#include "tests/test_data.h"

#include <QFile>

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

/// The text between the first two code fences, without its command line.
QString referenceText(const std::string& path)
{
    QFile file(QString::fromStdString(path));
    if (!file.open(QFile::ReadOnly))
        return {};
    const QString fenced = QString::fromUtf8(file.readAll()).section("```", 1, 1).trimmed();
    return fenced.section('\n', 1);
}

} // namespace

class VulkanModelsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { BITLOOM_REQUIRE_VULKAN(); }

    void enginesAgree_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("id");
        std::vector<std::pair<const char*, std::string>> models = {{"sample", sampleData()}};
        if (!testData().empty())
            models.emplace_back("stories260K", testData() + "/models/stories260K/hf");
        for (const auto& [name, path] : models)
            for (const Scheme* scheme : schemes())
                QTest::addRow("%s %s", name, std::string(scheme->id()).c_str())
                    << QString::fromStdString(path)
                    << QString::fromStdString(std::string(scheme->id()));
    }
    /// Prefill of 255 tokens, whose first rows are those of shorter texts, then decode.
    void enginesAgree()
    {
        QFETCH(QString, path);
        QFETCH(QString, id);
        const std::shared_ptr<const Model> model = openModel(path.toStdString());
        const EncodedWeights weights(model, schemeNamed(id.toStdString()));
        if (weights.encodedSlots() == 0)
            QSKIP("this model's rows fit no slot of the scheme");
        const auto vulkan = makeVulkanEngine(model, weights, {});
        const auto torch = makeTorchEngine(model, weights);
        QVERIFY(static_cast<double>(vulkan->weightBytes()) <=
                1.1 * static_cast<double>(weights.packedBytes()));
        const std::vector<int32_t> tokens = someTokens(*model, 256);
        const auto ours = vulkan->newSequence(256);
        const auto theirs = torch->newSequence(256);
        for (const size_t count : {1, 3, 33, 255}) {
            const std::span<const int32_t> text = std::span(tokens).first(count);
            ours->clear();
            theirs->clear();
            compare(vulkan->run(*ours, text, Rows::All), torch->run(*theirs, text, Rows::All));
            const std::span<const int32_t> next = std::span(tokens).subspan(count, 1);
            compare(vulkan->run(*ours, next, Rows::Last), torch->run(*theirs, next, Rows::Last));
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

    void validationIsSilent() { BITLOOM_REQUIRE_VALID_USE(); }

private:
    static void compare(const Matrix& ours, const Matrix& theirs)
    {
        const double difference = relativeDifference(ours, theirs);
        QVERIFY2(difference < kTolerance, qPrintable(QString::number(difference)));
    }
};

QTEST_GUILESS_MAIN(VulkanModelsTest)
#include "tst_vulkan_models.moc"
