// SPDX-License-Identifier: GPL-3.0-or-later
// Recipes whose methods need calibration: refused before these are known, exact afterwards.
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

/// A square matrix of the sample.
constexpr const char* kSlot = "model.layers.1.self_attn.q_proj";

} // namespace

class TestGptqRecipe : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private Q_SLOTS:
    void inputsMustBeKnown()
    {
        const auto workbench = openSample();
        const Recipe recipe = uniform(workbench->model(), "q4_0", "gptq", "gguf");
        Progress progress;
        const std::string file = m_folder.filePath("refused.gguf").toStdString();
        QVERIFY(refusal([&] {
                    workbench->exports().exportModel(recipe, "gguf", file, progress);
                }).contains("GPTQ, which needs the second moments"));
        QVERIFY(!std::filesystem::exists(file));
        const int slot = workbench->model().graph.findSlot(kSlot);
        QVERIFY(!workbench->calibration().canEncode(recipe.choice(kSlot)));
        QVERIFY(refusal([&] {
                    workbench->slotErrors().slotError(slot, recipe.choice(kSlot), true, progress);
                }).contains(kSlot));
        QVERIFY(!workbench->predictions().predictedKl(recipe, progress));
        QCOMPARE(workbench->calibration().calibrated(recipe).calibration,
                 std::optional<RecipeCalibration>());

        QVERIFY(workbench->calibration().measureInputs(sampleCalibration(8), progress));
        QVERIFY(workbench->calibration().canEncode(recipe.choice(kSlot)));
        QVERIFY(
            workbench->slotErrors().slotError(slot, recipe.choice(kSlot), true, progress).relative >
            0);
        const RecipeCalibration named =
            workbench->calibration().calibrated(recipe).calibration.value();
        QCOMPARE(named.text, std::string("calibration.txt"));
        QCOMPARE(named.windows, 8);
        const Recipe plain = uniform(workbench->model(), "q4_0", "mse", "gguf");
        QVERIFY(!workbench->calibration().calibrated(plain).calibration);
    }

    void recipesNameTheirText()
    {
        const auto workbench = openSample();
        Progress progress;
        workbench->calibration().measureInputs(sampleCalibration(8), progress);
        const Recipe recipe =
            workbench->calibration().calibrated(uniform(workbench->model(), "q4_0", "gptq"));
        QVERIFY(Recipe::fromJson(recipe.toJson()) == recipe);
        CalibrationSettings other = sampleCalibration(8);
        QCOMPARE(recipeCalibration(other), *recipe.calibration);
        std::string text = other.text.text();
        text.back() ^= 1;
        other.text = text;
        QVERIFY(recipeCalibration(other).identity != recipe.calibration->identity);
        QVERIFY(openSample()->calibration().calibrated(recipe) ==
                recipe); // its own while none was measured
        QVERIFY(refusal([&] {
                    Recipe::fromJson(R"({"format":"bitloom-recipe","version":1,
                        "calibration":{"windows":"many"}})");
                }).contains("windows"));
    }

    /// A method's parameter reaches the codes, and what is kept of them by another is not taken.
    void dampingReachesTheCodes()
    {
        const auto workbench = openSample();
        Progress progress;
        workbench->calibration().measureInputs(sampleCalibration(8), progress);
        const TransformedModel model = workbench->calibration().transformed();
        const int slot = workbench->model().graph.findSlot(kSlot);
        Encoding encoding{"int3-g32-asym", "gptq", {}, {}};
        const std::vector<float> usual = model.encodeOnce(slot, encoding).decode().values;
        const SlotKey key = model.key(slot, encoding);
        encoding.parameters["damping"] = 1;
        QVERIFY(model.key(slot, encoding) != key);
        QVERIFY(model.encodeOnce(slot, encoding).decode().values != usual);
        encoding.parameters.clear();
        QVERIFY(model.encodeOnce(slot, encoding).decode().values == usual);
    }

    /// What is written is what is evaluated, and comes back from the file.
    void exportsAreWhatWasEncoded()
    {
        const auto workbench = openSample();
        Progress progress;
        workbench->calibration().measureInputs(sampleCalibration(8), progress);
        for (const char* scheme : {"q4_0", "q4_k"}) {
            Recipe recipe;
            const Model& model = workbench->model();
            applySet(recipe, model, ".*layers.*", {{scheme, "q5_1"}, "gptq"});
            const std::string file = m_folder.filePath("gptq.gguf").toStdString();
            const ExportReport report =
                workbench->exports().exportModel(recipe, "gguf", file, progress);
            QVERIFY(report.complete && report.tensorsVerified > 0);
            const auto back = Workbench::open(file, torchEngines());
            const auto inputs = workbench->calibration().inputs();
            const int slot = model.graph.findSlot(kSlot);
            const int same = back->model().graph.findSlot(kSlot);
            QVERIFY(same >= 0);
            QCOMPARE(back->model().tensorOf(back->model().graph.slots.at(same)).read().values,
                     workbench->calibration()
                         .transformed()
                         .encode(slot, recipe.choice(kSlot))
                         .decode()
                         .values);
            SlotChoice searched = recipe.choice(kSlot);
            searched.method = "mse";
            QVERIFY(back->model().tensorOf(back->model().graph.slots.at(same)).read().values !=
                    TransformedModel(model).encode(slot, searched).decode().values);
        }
    }

    /// Another calibration, other codes: engines and errors follow.
    void newInputsReplaceOldOnes()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        const auto workbench = openSample();
        const Recipe recipe = uniform(workbench->model(), "int3-g32-asym", "gptq");
        Progress progress;
        EvaluationSettings text;
        text.text = readTextFile(sampleData() + "/evaluation.txt");
        text.windows.windows = 2;
        workbench->calibration().measureInputs(sampleCalibration(1), progress);
        const double little = evaluated(*workbench, recipe, text).kl.value;
        const int slot = workbench->model().graph.findSlot(kSlot);
        const double before = workbench->slotErrors()
                                  .slotError(slot, recipe.choice(kSlot), true, progress)
                                  .meanSquare;
        workbench->calibration().measureInputs(sampleCalibration(48), progress);
        const double more = evaluated(*workbench, recipe, text).kl.value;
        QVERIFY2(more < little, qPrintable(QString("%1 %2").arg(more).arg(little)));
        QVERIFY(workbench->slotErrors()
                    .slotError(slot, recipe.choice(kSlot), true, progress)
                    .meanSquare != before);
    }

    void fitsChooseBetweenMethods()
    {
        const auto workbench = openSample();
        Progress progress;
        FitSettings settings;
        settings.bitsPerWeight = 4;
        settings.schemes = {"int2-g32-asym", "int3-g32-asym", "int4-g32-asym", "int6-g32-asym"};
        Recipe start;
        start.target = "safetensors";
        workbench->calibration().measureSensitivity(sampleCalibration(8), progress);
        std::map<std::string, double> predicted;
        for (const std::vector<std::string>& methods :
             {std::vector<std::string>{"mse"}, {"gptq"}, {"mse", "gptq"}}) {
            settings.methods = methods;
            const FitResult fit = workbench->fits().fit(start, settings, progress);
            predicted[methods.front() + std::to_string(methods.size())] = fit.predictedKl;
            QCOMPARE(fit.recipe.calibration.has_value(), methods.back() == "gptq");
        }
        QVERIFY(predicted["gptq1"] < 0.85 * predicted["mse1"]);
        QVERIFY(predicted["mse2"] <= predicted["gptq1"] * (1 + 1e-9));
        settings.methods = {};
        QVERIFY(refusal([&] {
                    workbench->fits().fit(start, settings, progress);
                }).contains("no method"));
    }

    void fitsNeedTheInputs()
    {
        const auto workbench = openSample();
        const auto other = openSample();
        Progress progress;
        other->calibration().setFisher(
            workbench->calibration().measureSensitivity(sampleCalibration(1), progress));
        FitSettings settings;
        settings.bitsPerWeight = 4;
        settings.methods = {"gptq"};
        QVERIFY(
            refusal([&] { other->fits().fit({}, settings, progress); }).contains("second moments"));
    }
};

QTEST_APPLESS_MAIN(TestGptqRecipe)
#include "tst_gptq_recipe.moc"
