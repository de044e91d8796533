// SPDX-License-Identifier: GPL-3.0-or-later
// What the workbench does for one architecture it does for all: every row of the table, by its tiny
// random network, and a real GPT-2.
#include "core/base/error.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/statistics/model_statistics.h"
#include "core/workbench/workbench.h"
#include "tests/core/network/tiny_models.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

/// A scheme for each fuse group, drawn among those all of it may have; some are left alone.
Recipe randomRecipe(const Model& model, const std::string& targetId, uint64_t seed)
{
    Recipe recipe;
    recipe.target = targetId;
    const Target& target = targetNamed(targetId);
    uint64_t counter = 0;
    for (const std::vector<int>& group : fuseGroups(model, target)) {
        const auto offered = offeredSchemes(model.graph.slot(group.front()), target);
        const size_t pick = randomBits(seed, counter++) % (offered.size() + 1);
        for (const int slot : group)
            if (pick < offered.size())
                recipe.slots[model.graph.slot(slot).name] = {
                    std::string(offered[pick]->id()), "nearest", {}, {}, {}};
    }
    return recipe;
}

Matrix logitsOf(const std::shared_ptr<const Model>& model, const WeightSource& weights)
{
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < 20; ++i)
        tokens.push_back(i * 71 % static_cast<int32_t>(model->graph.vocabulary));
    const auto engine = makeTorchEngine(model, weights, {.threads = 1});
    const auto sequence = engine->newSequence(20);
    return engine->run(*sequence, tokens, Rows::All);
}

} // namespace

class TestArchitectures : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    std::string path(const QString& name) const { return m_folder.filePath(name).toStdString(); }

    std::shared_ptr<Workbench> workbench(const std::string& folder) const
    {
        return Workbench::open(folder, torchEngines());
    }

    static void eachArchitecture()
    {
        QTest::addColumn<QString>("folder");
        for (const Architecture& architecture : architectures())
            QTest::newRow(architecture.id.data()) << architecture.id.data();
        if (!testData().empty())
            QTest::newRow("gpt2-childrens-books")
                << QString::fromStdString(testData()) + "/models/gpt2-childrens-books/hf";
    }

    static bool ggufKnows(const Model& model)
    {
        return findArchitecture(model.architecture)->ggufPlan != nullptr;
    }

private Q_SLOTS:
    void initTestCase()
    {
        QDir::setCurrent(m_folder.path()); // rows of tiny networks name their folder from here
        for (const Architecture& architecture : architectures())
            tinyModel(architecture).write(path(architecture.id.data()));
    }

    void statisticsSeeTheSlot_data() { eachArchitecture(); }
    void statisticsSeeTheSlot()
    {
        QFETCH(QString, folder);
        const auto open = workbench(folder.toStdString());
        const Model& model = open->model();
        QVERIFY2(model.runnable(), model.missing.c_str());
        Progress progress;
        for (size_t i = 0; i < model.graph.slots.size(); ++i) {
            const Slot& slot = model.graph.slots[i];
            const Matrix weights =
                OriginalWeights(open->sharedModel()).slot(static_cast<int>(i)).decode();
            QCOMPARE(weights.rows, slot.rows);
            QCOMPARE(weights.columns, slot.columns);
            const SlotStatistics seen =
                open->statistics().statistics(static_cast<int>(i), progress);
            QCOMPARE(seen.moments.count, static_cast<uint64_t>(slot.weights()));
            for (int64_t row = 0; row < slot.rows; ++row)
                QCOMPARE(seen.rowMaximum[static_cast<size_t>(row)],
                         *std::ranges::max_element(weights.row(row)));
        }
    }

    void whatGgufDoesNotKnowIsRefused()
    {
        int refused = 0;
        for (const Architecture& architecture : architectures()) {
            const auto open = workbench(path(architecture.id.data()));
            const bool known = ggufKnows(open->model());
            QCOMPARE(targetNamed("gguf").problem(open->model()).empty(), known);
            QCOMPARE(defaultTarget(open->model()).id, std::string(known ? "gguf" : "safetensors"));
            if (known)
                continue;
            Progress progress;
            const QString said = refusal([&] {
                open->exports().exportModel(Recipe(), "gguf", path("refused.gguf"), progress);
            });
            QVERIFY2(said.contains(architecture.id.data()), qPrintable(said));
            ++refused;
        }
        QVERIFY(refused > 0);
    }

    void ggufHoldsWhatWasAskedFor_data() { eachArchitecture(); }
    void ggufHoldsWhatWasAskedFor()
    {
        QFETCH(QString, folder);
        const auto open = workbench(folder.toStdString());
        if (!ggufKnows(open->model()))
            return; // refused: seen above
        const std::string file = path("written.gguf");
        for (uint64_t seed = 0; seed < 3; ++seed) {
            const Recipe recipe = randomRecipe(open->model(), "gguf", seed);
            Progress progress;
            const ExportReport report = open->exports().exportModel(recipe, "gguf", file, progress);
            QVERIFY(report.complete);
            QCOMPARE(report.bytes, open->opened().size(recipe).fileBytes);
            QCOMPARE(report.tensorsVerified,
                     static_cast<int64_t>(open->model().graph.slots.size()));
            const auto back = openModel(file);
            QVERIFY2(back->runnable(), back->missing.c_str());
            QCOMPARE(logitsOf(back, OriginalWeights(back)).values,
                     logitsOf(open->sharedModel(),
                              Variant(TransformedModel(open->sharedModel()), recipe))
                         .values);
        }
    }

    void safetensorsKeepTheCheckpointsLayout_data() { eachArchitecture(); }
    void safetensorsKeepTheCheckpointsLayout()
    {
        QFETCH(QString, folder);
        const auto open = workbench(folder.toStdString());
        const std::string copy = path(QString("copy of %1").arg(QTest::currentDataTag()));
        std::filesystem::create_directories(copy);
        for (const char* name : {"config.json", "tokenizer.json", "tokenizer_config.json"})
            std::filesystem::copy_file(folder.toStdString() + "/" + name, copy + "/" + name);
        for (uint64_t seed = 0; seed < 3; ++seed) {
            // First nothing is changed, so that every byte must come back.
            Recipe recipe;
            recipe.target = "safetensors";
            if (seed > 0)
                recipe = randomRecipe(open->model(), "safetensors", seed);
            Progress progress;
            const ExportReport report = open->exports().exportModel(
                recipe, "safetensors", copy + "/model.safetensors", progress);
            QVERIFY(report.complete);
            const auto back = openModel(copy);
            for (const StoredTensor& tensor : open->model().checkpoint.tensors) {
                const StoredTensor* written = back->checkpoint.find(tensor.name);
                QVERIFY2(written && written->shape == tensor.shape, tensor.name.c_str());
                QVERIFY(seed > 0 || std::ranges::equal(written->bytes, tensor.bytes));
            }
            QCOMPARE(logitsOf(back, OriginalWeights(back)).values,
                     logitsOf(open->sharedModel(),
                              Variant(TransformedModel(open->sharedModel()), recipe))
                         .values);
        }
    }

    void fusedSlotsAreEditedTogether_data() { eachArchitecture(); }
    void fusedSlotsAreEditedTogether()
    {
        QFETCH(QString, folder);
        const auto open = workbench(folder.toStdString());
        const Model& model = open->model();
        const auto nameOf = [&](int slot) { return model.graph.slot(slot).name; };
        for (const std::vector<int>& group : fuseGroups(model, targetNamed("gguf"))) {
            Recipe recipe;
            applyEdit(recipe, model, {group.back()}, {{"f16"}, "nearest"});
            QCOMPARE(recipe.slots.size(), group.size());
            for (const int slot : group)
                QCOMPARE(recipe.choice(nameOf(slot)).scheme, std::string("f16"));
            if (group.size() == 1)
                continue;
            recipe.slots.erase(nameOf(group.front()));
            const std::string problem = recipeProblem(recipe, model);
            QVERIFY2(problem.find(nameOf(group.front())) != std::string::npos, problem.c_str());
            Progress progress;
            QVERIFY_THROWS_EXCEPTION(
                Error, open->exports().exportModel(recipe, "gguf", path("torn.gguf"), progress));
            recipe.target = "safetensors";
            QCOMPARE(recipeProblem(recipe, model), std::string());
        }
    }

    void fitKeepsFusedSlotsTogether_data() { eachArchitecture(); }
    void fitKeepsFusedSlotsTogether()
    {
        QFETCH(QString, folder);
        const auto open = workbench(folder.toStdString());
        const Model& model = open->model();
        CalibrationSettings text;
        text.text = readTextFile(sampleData() + "/calibration.txt");
        text.context = 64;
        text.windows = 4;
        Progress progress;
        const Fisher fisher = open->calibration().measureSensitivity(text, progress);
        for (size_t i = 0; i < model.graph.slots.size(); ++i)
            QCOMPARE(fisher.slots[i].total > 0, model.graph.slots[i].quantizable);
        for (const char* target : {"gguf", "safetensors"}) {
            Recipe start;
            start.target = target;
            if (!targetNamed(target).problem(model).empty())
                continue;
            FitSettings budget;
            if (start.target == "gguf") {
                // Rows of tiny networks are too short for blocks.
                budget.bitsPerWeight = folder.contains('/') ? 6 : 24;
                budget.schemes = {"q4_0", "q8_0", "f16", "f32"};
            } else {
                budget.bitsPerWeight = 5;
                budget.schemes = {"int3-g32-asym", "int8-row-sym", "f16"};
            }
            const FitResult fitted = open->fits().fit(start, budget, progress);
            QVERIFY(fitted.size.bitsPerWeight() <= *budget.bitsPerWeight);
            QVERIFY(fitted.size.bitsPerWeight() > *budget.bitsPerWeight * 0.6);
            QCOMPARE(recipeProblem(fitted.recipe, model), std::string());
        }
    }

    /// Fake-quantized, alone, with its vocabulary of characters.
    void aRecurrentNetworkOpensFromOneFile()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto open = workbench(testData() + "/models/lstm-tinystories-char/hf");
        const Recipe recipe = uniform(open->model(), "int4-g32-sym");
        const std::string file = path("lstm.safetensors");
        Progress progress;
        QVERIFY(open->exports().exportModel(recipe, "safetensors", file, progress).complete);
        const auto back = workbench(file);
        QVERIFY2(back->model().runnable(), back->model().missing.c_str());
        QCOMPARE(
            logitsOf(back->sharedModel(), OriginalWeights(back->sharedModel())).values,
            logitsOf(open->sharedModel(), Variant(TransformedModel(open->sharedModel()), recipe))
                .values);
        GenerateSettings settings;
        settings.prompt = "once upon a time";
        EngineUse used;
        const std::string text =
            back->generation().generate(std::nullopt, settings, {}, progress, used);
        QCOMPARE(text, open->generation().generate(recipe, settings, {}, progress, used));
        QVERIFY2(text.starts_with(", there was a"), text.c_str());
        QVERIFY(text.size() < 100); // up to the end of the sentence
        QCOMPARE(used.notice, std::string());
    }

    void aTextEndsAtTheLastPosition()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        const auto open = workbench(testData() + "/models/gpt-nano-sort/hf");
        QCOMPARE(defaultTarget(open->model()).id,
                 std::string("safetensors")); // GGUF has no such tokenizer
        GenerateSettings settings;
        settings.prompt = "CBABBC";
        Progress progress;
        EngineUse used;
        QCOMPARE(open->generation().generate(std::nullopt, settings, {}, progress, used),
                 std::string("ABBBCC"));
        QVERIFY2(used.notice.find("position 11 ") != std::string::npos, used.notice.c_str());
        settings.tokens = 5;
        QCOMPARE(open->generation().generate(std::nullopt, settings, {}, progress, used),
                 std::string("ABBBC"));
        QCOMPARE(used.notice, std::string());
    }
};

QTEST_GUILESS_MAIN(TestArchitectures)
#include "tst_architectures.moc"
