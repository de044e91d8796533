// SPDX-License-Identifier: GPL-3.0-or-later
// One weight that is not a number: every verb that computes says which, and statistics count it.
#include "tests/cli/run_cli.h"
#include "tests/core/network/tiny_models.h"
#include "tests/patch_tensor.h"

#include <QtTest>
#include <limits>

using namespace bitloom;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

} // namespace

class TestCliNotFinite : public QObject, private CliFiles {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyVerbNamesTheWeight_data();
    void everyVerbNamesTheWeight();
    void everyNetworkIsLookedAt_data();
    void everyNetworkIsLookedAt();
    void theValueThatOverflowsIsNamed_data();
    void theValueThatOverflowsIsNamed();
    void aChoiceThatOverflowsIsNamed();
    void givenNumbersAreLookedAt();
    void statisticsCountThem();
    void weightsTooLargeForASchemeAreNamed();

private:
    QString modelOf(const char* architecture) const { return path(architecture); }
};

void TestCliNotFinite::initTestCase()
{
    if (qEnvironmentVariableIsEmpty("BITLOOM_CLI"))
        QSKIP("BITLOOM_CLI does not name the program; ctest sets it");
    for (const Architecture& architecture : architectures())
        tinyModel(architecture).write(path(architecture.id.data()).toStdString());
    const auto patch = [&](const char* architecture, const char* tensor) {
        patchTensor(path(architecture).toStdString() + "/model.safetensors", tensor, 2, kNan);
    };
    patch("llama", "model.norm.weight");
    patch("gpt2", "h.0.attn.c_attn.bias");
    patch("bert", "bert.embeddings.LayerNorm.bias");
    patch("lstm_lm", "embedding.weight");
    QVERIFY(!written("one.json", R"({"slots":{}})").isEmpty());
}

void TestCliNotFinite::everyVerbNamesTheWeight_data()
{
    QTest::addColumn<QStringList>("arguments");
    const QString text = sampleFile("calibration.txt");
    const QString other = sampleFile("evaluation.txt");
    const QStringList small = {"--context", "16", "--windows", "2", "--text", text};
    const auto add = [&](const char* verb, const QStringList& more) {
        QTest::newRow(qPrintable((QStringList{verb} + more).join(' ')))
            << QStringList{verb, modelOf("llama")} + more;
    };
    add("sensitivity", small);
    add("sensitivity", small + QStringList{"--metric", "kronecker"});
    add("sensitivity", small + QStringList{"--curvature", "trace"});
    add("sensitivity", small + QStringList{"--density", "all"});
    add("sensitivity", small + QStringList{"--activation-scheme", "int8-token-sym"});
    add("lab", small + QStringList{"--evaluation", other, "--evaluation-windows", "2"});
    add("measure", small + QStringList{"--set", ".*=f16", "--held-out", other, "--seconds", "1"});
    add("fit", small + QStringList{"--bits", "5", "--target", "any", "-o", path("fit.json")});
    add("fit", small + QStringList{"--bits", "5", "--target", "any", "--method", "gptq", "-o",
                                   path("fit.json")});
    add("evaluate", small);
    add("evaluate", small + QStringList{"--set", ".*=int2-g32-sym"});
    add("evaluate", small + QStringList{"--set", ".*=int2-g32-sym", "--depth"});
    add("generate", {"--prompt", "Once upon", "--tokens", "3"});
    add("export", {"--format", "safetensors", "-o", path("out.safetensors")});
    add("export", {"--format", "gguf", "-o", path("out.gguf")});
    add("bench", {"--tokens", "4"});
    add("report", {"-o", path("out.html")});
    add("stats", small);
    add("evaluate", small + QStringList{"--engine", "vulkan"});
}

void TestCliNotFinite::everyVerbNamesTheWeight()
{
    QFETCH(QStringList, arguments);
    const Outcome outcome = run(arguments);
    QVERIFY2(outcome.status == 1, qPrintable(outcome.out + outcome.err));
    QVERIFY2(outcome.err.contains("Tensor model.norm.weight, row 0, column 2 is nan"),
             qPrintable(outcome.err));
    for (const char* file : {"fit.json", "out.safetensors", "out.gguf", "out.html"})
        QVERIFY2(!QFile::exists(path(file)), file);
}

void TestCliNotFinite::everyNetworkIsLookedAt_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("place");
    const QStringList small = {"--set", ".*=int4-g32-sym", "--windows", "2", "--text"};
    const auto add = [&](const char* architecture, const QString& text, const char* place) {
        QTest::newRow(architecture)
            << QStringList{"evaluate", modelOf(architecture)} + small + QStringList{text} << place;
    };
    const QString text = sampleFile("evaluation.txt");
    add("gpt2", text, "tensor h.0.attn.c_attn.bias, row 0, column 2 is nan");
    add("lstm_lm", text, "tensor embedding.weight, row 0, column 2 is nan");
    add("bert", text, "tensor bert.embeddings.LayerNorm.bias, row 0, column 2 is nan");
}

void TestCliNotFinite::everyNetworkIsLookedAt()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, place);
    const Outcome outcome = run(arguments);
    QCOMPARE(outcome.status, 1);
    QVERIFY2(outcome.err.contains(place, Qt::CaseInsensitive), qPrintable(outcome.err));
    QVERIFY2(outcome.out.isEmpty(), qPrintable(outcome.out));
}

/// Finite weights whose products are not.
void TestCliNotFinite::theValueThatOverflowsIsNamed_data()
{
    QTest::addColumn<QStringList>("arguments");
    const QString text = sampleFile("calibration.txt");
    const QStringList small = {"--context", "16", "--windows", "2", "--text", text};
    QTest::newRow("evaluate") << QStringList{"evaluate"} + small;
    QTest::newRow("sensitivity") << QStringList{"sensitivity"} + small;
    QTest::newRow("trace") << QStringList{"sensitivity"} + small +
                                  QStringList{"--curvature", "trace"};
    QTest::newRow("lab") << QStringList{"lab"} + small +
                                QStringList{"--evaluation", sampleFile("evaluation.txt")};
    QTest::newRow("generate") << QStringList{"generate", "--prompt", "Once"};
}

void TestCliNotFinite::theValueThatOverflowsIsNamed()
{
    QFETCH(QStringList, arguments);
    const QString folder = path("overflow");
    if (!QFile::exists(folder)) {
        tinyModel(*findArchitecture("llama")).write(folder.toStdString());
        for (const char* part : {"input_layernorm", "self_attn.q_proj"})
            patchTensor(folder.toStdString() + "/model.safetensors",
                        std::string("model.layers.1.") + part + ".weight", 0, 1e30F);
    }
    arguments.insert(1, folder);
    const Outcome outcome = run(arguments);
    QCOMPARE(outcome.status, 1);
    QVERIFY2(outcome.err.contains("The first value that is not finite is blocks.1.attention.query"),
             qPrintable(outcome.err));
}

/// The original is fine; the recipe is not.
void TestCliNotFinite::aChoiceThatOverflowsIsNamed()
{
    const QString folder = path("calm");
    tinyModel(*findArchitecture("gpt2")).write(folder.toStdString());
    patchTensor(folder.toStdString() + "/model.safetensors", "h.1.ln_2.weight", 0, 1e17F);
    const QStringList arguments = {"evaluate",  folder, "--text",    sampleFile("evaluation.txt"),
                                   "--context", "16",   "--windows", "2"};
    succeeds(run(arguments));
    const QString recipe =
        written("raised.json", R"({"format": "bitloom-recipe", "version": 1, "target": "any",
            "slots": {"h.1.mlp.c_fc": {"scheme": "bf16", "clip_low": 1e23}}})");
    for (const char* engine : {"torch", "vulkan"}) {
        const Outcome outcome =
            run(arguments + QStringList{"--recipe", recipe, "--engine", engine});
        QCOMPARE(outcome.status, 1);
        QVERIFY2(outcome.err.contains("The first value that is not finite is "
                                      "blocks.1.feed_forward.up: row 0, column 0 is ") &&
                     outcome.err.contains("computed by linear from h.1.mlp.c_fc (bf16), "),
                 qPrintable(outcome.err));
    }
}

void TestCliNotFinite::givenNumbersAreLookedAt()
{
    const QString folder = path("whole");
    tinyModel(*findArchitecture("llama")).write(folder.toStdString());
    const std::string inputs = path("inputs.safetensors").toStdString();
    Progress progress;
    writeSafetensors(inputs,
                     {{"hidden",
                       {3, 24},
                       "f32",
                       [] {
                           return TinyModel::weights("h", {3, 24});
                       }}},
                     {}, progress);
    const QStringList arguments = {
        "evaluate", folder, "--inputs", path("inputs.safetensors"), "--at", "blocks.0.residual"};
    succeeds(run(arguments));
    patchTensor(inputs, "hidden", 24 + 7, kInfinity);
    const Outcome outcome = run(arguments);
    QCOMPARE(outcome.status, 1);
    QVERIFY2(outcome.err.contains("Tensor hidden, row 1, column 7 is inf in "),
             qPrintable(outcome.err));
}

void TestCliNotFinite::statisticsCountThem()
{
    const QString folder = path("counted");
    tinyModel(*findArchitecture("llama")).write(folder.toStdString());
    const std::string file = folder.toStdString() + "/model.safetensors";
    const char* tensor = "model.layers.0.self_attn.q_proj.weight";
    patchTensor(file, tensor, 77, kNan);
    patchTensor(file, tensor, 78, kNan);
    patchTensor(file, tensor, 102, -kInfinity);
    const Outcome outcome = run({"stats", folder, "--json"});
    succeeds(outcome);
    for (const QJsonValue& slot : outcome.json()["slots"].toArray()) {
        const bool broken = slot["name"] == "model.layers.0.self_attn.q_proj";
        QCOMPARE(slot["nan"].toInt(-1), broken ? 2 : 0);
        QCOMPARE(slot["infinite"].toInt(-1), broken ? 1 : 0);
        if (broken)
            QCOMPARE(slot["count"].toInt(), 24 * 24 - 3);
        QVERIFY(std::abs(slot["minimum"].toDouble(-99)) < 2);
    }
    const Outcome table = run({"stats", folder});
    succeeds(table);
    QVERIFY2(table.out.contains("2 nan, 1 infinite\n"), qPrintable(table.out));
}

void TestCliNotFinite::weightsTooLargeForASchemeAreNamed()
{
    const QString folder = path("large");
    tinyModel(*findArchitecture("llama")).write(folder.toStdString());
    patchTensor(folder.toStdString() + "/model.safetensors",
                "model.layers.0.self_attn.q_proj.weight", 24 * 3 + 5, 1e6F);
    const QString text = sampleFile("evaluation.txt");
    const Outcome outcome = run({"evaluate", folder, "--set", ".*q_proj=int2-g32-sym", "--text",
                                 text, "--context", "16", "--windows", "2"});
    QCOMPARE(outcome.status, 1);
    QVERIFY2(outcome.err.contains("model.layers.0.self_attn.q_proj, row 3, column 5 is 1000000, "
                                  "which int2-g32-sym cannot hold"),
             qPrintable(outcome.err));
    // A fit does without the schemes that cannot.
    const Outcome fitted = run({"fit", folder, "--bits", "6", "--target", "any", "--text",
                                sampleFile("calibration.txt"), "--context", "16", "--windows", "2",
                                "-o", path("large.json")});
    succeeds(fitted);
    succeeds(run({"evaluate", folder, "--recipe", path("large.json"), "--text", text, "--context",
                  "16", "--windows", "2"}));
}

QTEST_GUILESS_MAIN(TestCliNotFinite)
#include "tst_cli_not_finite.moc"
