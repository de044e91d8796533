// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/correlated_damage.h"
#include "core/base/error.h"
#include "core/base/random.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/evaluation/verify.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/report/report.h"
#include "core/workbench/session/memory.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/statistics/model_statistics.h"
#include "core/workbench/workbench.h"
#include "tests/core/analyze/fakes.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>
#include <mutex>
#include <thread>

using namespace bitloom;

namespace {

/// A recipe with a random scheme for every slot, some left alone.
Recipe randomRecipe(const Model& model, uint64_t seed)
{
    Recipe recipe;
    uint64_t counter = 0;
    for (const Slot& slot : model.graph.slots) {
        if (!slot.quantizable)
            continue;
        const auto offered = offeredSchemes(slot, targetNamed(recipe.target));
        const size_t pick = randomBits(seed, counter++) % (offered.size() + 1);
        if (pick < offered.size())
            recipe.slots[slot.name] = {std::string(offered[pick]->id()), "nearest", {}, {}, {}};
    }
    return recipe;
}

Matrix logitsOf(Engine& engine)
{
    std::vector<int32_t> tokens{1};
    for (int32_t i = 0; i < 40; ++i)
        tokens.push_back(300 + 37 * i % 1700);
    const auto sequence = engine.newSequence(64);
    return engine.run(*sequence, tokens, Rows::All);
}

int slotNamed(const Model& model, std::string_view name)
{
    return model.graph.findSlot(name);
}

} // namespace

class TestWorkbench : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;
    std::string m_calibration;
    QTemporaryDir m_folder;

    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    const Model& model() const { return m_workbench->model(); }
    ExportReport exported(const Recipe& recipe, const std::string& format, const std::string& file)
    {
        Progress progress;
        return m_workbench->exports().exportModel(recipe, format, file, progress);
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_workbench = openSample();
        CalibrationSettings settings;
        m_calibration = readTextFile(sampleData() + "/calibration.txt");
        settings.text = m_calibration;
        settings.windows = 8;
        settings.context = 64;
        int seen = 0;
        Progress progress;
        const Fisher fisher = m_workbench->calibration().measureSensitivity(
            settings, progress, [&](const Fisher&) { ++seen; });
        QCOMPARE(fisher.windows, 8);
        QVERIFY(seen > 0);
        QVERIFY(m_workbench->calibration().fisher().has_value());
    }

    void anUnknownPathIsASentence()
    {
        QVERIFY_THROWS_EXCEPTION(Error, Workbench::open(path("nothing-here"), torchEngines()));
    }

    /// Once, in words: the fraction is that of what is computed next.
    void lookingAtTheWeightsIsSaid()
    {
        struct Said : Progress {
            void report(double fraction, std::string_view what) override
            {
                const std::scoped_lock lock(mutex);
                furthest = std::max(furthest, fraction);
                words.push_back(QString::fromUtf8(what.data(), std::ssize(what)));
            }
            std::mutex mutex;
            double furthest = 0;
            QStringList words;
        } said;
        const auto workbench = openSample();
        workbench->opened().requireFiniteWeights("test", said);
        QVERIFY(said.words.size() > 10 && said.words.size() <= 101);
        QVERIFY(said.words.contains("looking for numbers that are not finite (100 %)"));
        QCOMPARE(said.furthest, 0.0);
        said.words.clear();
        workbench->opened().requireFiniteWeights("test", said);
        QVERIFY(said.words.isEmpty());
    }

    void memoryCountsAllThree()
    {
        const MemoryEstimate none = estimateMemory(model(), {});
        const MemoryEstimate four = estimateMemory(model(), uniform(model(), "int4-g32-sym"));
        QVERIFY(none.original > 7000000);
        QVERIFY(four.quantized < none.quantized * 0.3);
        // 4 layers, keys and values of 128 floats, 256 positions, two sequences.
        QCOMPARE(four.keyValueCache, 4 * 2 * 128 * 4 * 256 * 2);
        QCOMPARE(four.total(), four.original + four.quantized + four.keyValueCache);
    }

    void overlayCountsEveryWeightTwice()
    {
        Progress progress;
        const int slot = slotNamed(model(), "model.layers.1.mlp.up_proj");
        SlotChoice choice{{"int3-row-sym", "nearest", {}, {}}, {}};
        const LevelOverlay overlay = m_workbench->statistics().overlay(slot, choice, progress);
        const auto total = [](const Histogram& h) {
            return std::accumulate(h.counts.begin(), h.counts.end(), uint64_t{0});
        };
        QCOMPARE(total(overlay.original), uint64_t{256 * 768});
        QCOMPARE(total(overlay.quantized), uint64_t{256 * 768});
        QCOMPARE(overlay.original.counts,
                 m_workbench->statistics().statistics(slot, progress).histogram.counts);
        choice.clipLow = -0.01;
        choice.clipHigh = 0.01;
        choice.scheme = "f16";
        const Histogram clipped =
            m_workbench->statistics().overlay(slot, choice, progress).quantized;
        const double width = (clipped.high - clipped.low) / kHistogramBins;
        for (size_t bin = 0; bin < clipped.counts.size(); ++bin)
            if (std::abs(clipped.low + (static_cast<double>(bin) + 0.5) * width) > 0.01 + width)
                QCOMPARE(clipped.counts[bin], uint64_t{0});
    }

    void slotErrorFollowsItsDefinition()
    {
        Progress progress;
        const int slot = slotNamed(model(), "model.layers.2.self_attn.k_proj");
        const SlotChoice choice{{"int4-g32-sym", "nearest", {}, {}}, {}};
        const SlotError error = m_workbench->slotErrors().slotError(slot, choice, true, progress);
        const Matrix original = model().tensorOf(model().graph.slot(slot)).read();
        const Matrix changed = TransformedModel(model()).encode(slot, choice).decode();
        double squares = 0;
        double errors = 0;
        for (size_t i = 0; i < original.values.size(); ++i) {
            squares += std::pow(original.values[i], 2);
            errors += std::pow(changed.values[i] - original.values[i], 2);
        }
        QVERIFY(std::abs(error.relative / std::sqrt(errors / squares) - 1) < 1e-6);
        QVERIFY(error.hasDamage && !error.sampled);
        const SlotFisher fisher =
            m_workbench->calibration().fisher()->slots[static_cast<size_t>(slot)];
        const MatrixView moment = m_workbench->calibration().inputs()->of(slot)->evaluating();
        const double damage = correlatedDamage(fisher, moment, original.view(), changed.view());
        QVERIFY(std::abs(error.damage / damage - 1) < 1e-5);
        QCOMPARE(m_workbench->slotErrors().sensitivity(slot, progress), error.damage);
        QCOMPARE(m_workbench->slotErrors().slotError(slot, SlotChoice(), true, progress).damage,
                 0.0);
    }

    void predictedBytesAreTheFilesBytes()
    {
        for (uint64_t seed = 1; seed <= 20; ++seed) {
            const Recipe recipe = randomRecipe(model(), seed);
            const std::string file = path("random.gguf");
            const ExportReport report = exported(recipe, "gguf", file);
            QCOMPARE(report.bytes, m_workbench->opened().size(recipe).fileBytes);
            QCOMPARE(report.bytes, static_cast<int64_t>(std::filesystem::file_size(file)));
            QCOMPARE(report.tensorsVerified, static_cast<int64_t>(model().graph.slots.size()));
        }
    }

    void anExportReopenedComputesTheSame_data()
    {
        QTest::addColumn<std::vector<std::string>>("formats");
        QTest::newRow("gguf") << std::vector<std::string>{"gguf"};
        QTest::newRow("safetensors") << std::vector<std::string>{"safetensors"};
        QTest::newRow("safetensors of a gguf") << std::vector<std::string>{"gguf", "safetensors"};
    }
    /// Each format written from what was reopened before it.
    void anExportReopenedComputesTheSame()
    {
        QFETCH(std::vector<std::string>, formats);
        Recipe recipe = randomRecipe(model(), 99);
        const auto here =
            makeTorchEngine(m_workbench->sharedModel(),
                            Variant(TransformedModel(m_workbench->sharedModel()), recipe));
        std::shared_ptr<const Model> again = m_workbench->sharedModel();
        for (const std::string& format : formats) {
            const std::string file = path(("again." + format).c_str());
            Progress progress;
            QVERIFY(Workbench(again, {})
                        .exports()
                        .exportModel(recipe, format, file, progress)
                        .complete);
            again = openModel(file);
            QCOMPARE(again->missing, std::string());
            recipe = {};
        }
        const auto there = makeTorchEngine(again, OriginalWeights(again));
        QCOMPARE(logitsOf(*there).values, logitsOf(*here).values);
        const std::string text = "The little fox ran home.";
        QCOMPARE(again->tokenizer->encode(text, true), model().tokenizer->encode(text, true));
    }

    void readingBackFindsOneDifferentWeight()
    {
        const Recipe recipe = uniform(model(), "q4_0", "nearest", "gguf");
        const std::string file = path("different.gguf");
        QVERIFY(exported(recipe, "gguf", file).complete);
        const int slot = slotNamed(model(), "model.layers.0.mlp.down_proj");
        ExpectedTensor tensor{"blk.0.ffn_down.weight", slot, {"q4_0", "nearest", {}, {}}, {}};
        Progress progress;
        QCOMPARE(verifyTensors(TransformedModel(model()), file, {tensor}, progress), 1);
        const double largest = m_workbench->statistics().statistics(slot, progress).moments.maximum;
        tensor.encoding.clipHigh = std::nextafter(largest, 0.0) * 0.98;
        QVERIFY_THROWS_EXCEPTION(
            Error, verifyTensors(TransformedModel(model()), file, {tensor}, progress));
    }

    void aStoppedExportLeavesTheOldFile()
    {
        const std::string file = path("old.gguf");
        writeTextFile(file, "the old file");
        const Recipe recipe = uniform(model(), "q4_0", "nearest", "gguf");
        // In the middle of writing, and in the middle of reading back.
        for (const int reports : {1, 20, 45, 60}) {
            StopAfter progress(reports);
            QVERIFY(!m_workbench->exports().exportModel(recipe, "gguf", file, progress).complete);
            QCOMPARE(readTextFile(file), std::string("the old file"));
        }
        QCOMPARE(QDir(m_folder.path()).entryList({".old*"}, QDir::Files | QDir::Hidden).size(), 0);
    }

    void whatATargetCannotHoldIsRefused()
    {
        const Recipe recipe = uniform(model(), "int4-g32-sym", "nearest", "gguf");
        QVERIFY_THROWS_EXCEPTION(Error, exported(recipe, "gguf", path("no.gguf")));
        QVERIFY_THROWS_EXCEPTION(Error, exported({}, "onnx", path("no.onnx")));
    }

    void theCalibrationTextIsRefusedForEvaluating()
    {
        EvaluationSettings settings;
        settings.text = "Something else.\n" + m_calibration.substr(m_calibration.size() / 2);
        settings.textName = "mixed.txt";
        const QString said =
            refusal([&] { evaluated(*m_workbench, uniform(model(), "q8_0"), settings); });
        QVERIFY2(said.contains("mixed.txt"), qPrintable(said));
    }

    void evaluatingARecipeThatChangesNothingFindsNothing()
    {
        EvaluationSettings settings;
        settings.text = readTextFile(sampleData() + "/evaluation.txt");
        settings.windows.windows = 2;
        settings.windows.context = 64;
        const TextEvaluation evaluation = evaluated(*m_workbench, Recipe(), settings);
        QCOMPARE(evaluation.kl.value, 0.0);
        QCOMPARE(evaluation.topAgreement.value, 1.0);
        QCOMPARE(evaluation.tokens, 2 * 63);
        const TextEvaluation coarse =
            evaluated(*m_workbench, uniform(model(), "int2-g32-sym"), settings);
        QVERIFY(coarse.kl.value > 0.1);
    }

    void generatingIsDeterministicAndStops()
    {
        GenerateSettings settings;
        settings.prompt = "Once upon a time";
        settings.tokens = 12;
        settings.temperature = 0.8;
        Progress progress;
        EngineUse used;
        std::string streamed;
        const auto generated = [&](const std::optional<Recipe>& recipe) {
            streamed.clear();
            return m_workbench->generation().generate(
                recipe, settings, [&](const std::string& piece, int32_t) { streamed += piece; },
                progress, used);
        };
        const std::string first = generated(std::nullopt);
        QVERIFY(!first.empty());
        QCOMPARE(streamed, first);
        QCOMPARE(used.id, std::string("torch"));
        QCOMPARE(generated(std::nullopt), first);
        QCOMPARE(generated(Recipe()), first);
        settings.seed = 2;
        QVERIFY(generated(std::nullopt) != first);
        StopAfter stop(3);
        int tokens = 0;
        m_workbench->generation().generate(
            std::nullopt, settings, [&](const std::string&, int32_t) { ++tokens; }, stop, used);
        QVERIFY(tokens < 6);
    }

    void twoPanesMayGenerateAtOnce()
    {
        GenerateSettings settings;
        settings.prompt = "The king";
        settings.tokens = 8;
        const auto text = [&](const std::optional<Recipe>& recipe) {
            Progress progress;
            EngineUse used;
            return m_workbench->generation().generate(recipe, settings, {}, progress, used);
        };
        const Recipe coarse = uniform(model(), "int2-g32-sym");
        const std::string left = text(std::nullopt);
        const std::string right = text(coarse);
        QVERIFY(left != right);
        std::string leftAgain;
        std::string rightAgain;
        std::thread pane([&] { leftAgain = text(std::nullopt); });
        rightAgain = text(coarse);
        pane.join();
        QCOMPARE(leftAgain, left);
        QCOMPARE(rightAgain, right);
    }

    void theContextEndsAGeneration()
    {
        GenerateSettings settings;
        settings.prompt = readTextFile(sampleData() + "/evaluation.txt").substr(0, 780);
        const auto prompt = model().tokenizer->encode(settings.prompt, true).size();
        QVERIFY(prompt > 200 && prompt < 256);
        settings.tokens = 1000;
        int tokens = 0;
        Progress progress;
        EngineUse used;
        m_workbench->generation().generate(
            std::nullopt, settings, [&](const std::string&, int32_t) { ++tokens; }, progress, used);
        QVERIFY(tokens <= 256 - static_cast<int>(prompt) + 2);
    }

    void activationsNameEveryLinearsInputOnce()
    {
        CalibrationSettings settings;
        settings.text = m_calibration;
        settings.windows = 2;
        settings.context = 32;
        Progress progress;
        const auto values = m_workbench->statistics().activations(settings, progress);
        // Attention input, attention result, feed-forward input and product of 4 blocks; the
        // head's.
        QCOMPARE(values.size(), size_t{4 * 4 + 1});
        std::set<std::string> names;
        for (const ValueStatistics& value : values) {
            names.insert(value.name);
            QCOMPARE(value.moments.count, uint64_t{64} * value.channelMaximum.size());
            QCOMPARE(std::accumulate(value.histogram.counts.begin(), value.histogram.counts.end(),
                                     uint64_t{0}),
                     value.moments.count);
            QCOMPARE(static_cast<double>(*std::max_element(value.channelMaximum.begin(),
                                                           value.channelMaximum.end())),
                     value.moments.maximum);
        }
        QCOMPARE(names.size(), values.size());
    }

    void theReportNamesEverySlot()
    {
        const Recipe recipe = uniform(model(), "q4_k", "nearest", "gguf");
        ReportSettings settings;
        settings.calibrationName = "<fairy & tales>";
        TextEvaluation evaluation;
        evaluation.compared = true;
        evaluation.kl.value = 0.0123;
        evaluation.klQuantiles.back() = 4.56;
        evaluation.topFiveAgreement = {0.789, 0.001};
        evaluation.cachedTokens = 1234;
        evaluation.klAlong = {{1, 8, 5, 0.02}, {9, 17, 5, 0.01}};
        settings.evaluation = Evaluation{evaluation};
        Progress progress;
        QVERIFY(
            m_workbench->reports().writeReport(recipe, settings, path("report.html"), progress));
        const std::string html = readTextFile(path("report.html"));
        for (const auto& [name, choice] : recipe.slots)
            QVERIFY(html.find(name) != std::string::npos);
        QVERIFY(html.find("&lt;fairy &amp; tales&gt;") != std::string::npos);
        for (const char* figure :
             {"0.0123", "4.56", "78.90 ± 0.10 %", "1234", "9–17", ">4.50</b>", ">110,592<"})
            QVERIFY2(html.find(figure) != std::string::npos, figure);
        QVERIFY(html.find("<svg") != std::string::npos);
        QVERIFY(html.find("http") == std::string::npos);
        QVERIFY(html.find("nan") == std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestWorkbench)
#include "tst_workbench.moc"
