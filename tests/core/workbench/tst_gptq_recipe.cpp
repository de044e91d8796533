// SPDX-License-Identifier: GPL-3.0-or-later
// Recipes whose methods look at the inputs: refused before these are known, exact afterwards.
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_bench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>

using namespace bitloom;

namespace {

CalibrationSettings calibration(int64_t windows = 8)
{
    CalibrationSettings settings;
    settings.text = readTextFile(sampleData() + "/calibration.txt");
    settings.textName = "calibration.txt";
    settings.windows = windows;
    settings.context = 64;
    return settings;
}

/// A square matrix of the sample.
constexpr const char* kSlot = "model.layers.1.self_attn.q_proj";

} // namespace

class TestGptqRecipe : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private Q_SLOTS:
    void inputsMustBeKnown()
    {
        const auto bench = openSample();
        const Recipe recipe = uniform(bench->model(), "q4_0", "gptq", "gguf");
        Progress progress;
        const std::string file = m_folder.filePath("refused.gguf").toStdString();
        QVERIFY(refusal([&] {
                    bench->exports().exportModel(recipe, "gguf", file, progress);
                }).contains("GPTQ, which needs the second moments"));
        QVERIFY(!std::filesystem::exists(file));
        const int slot = bench->model().graph.findSlot(kSlot);
        QVERIFY(!bench->calibration().canEncode(recipe.choice(kSlot)));
        QVERIFY(refusal([&] {
                    bench->slotErrors().slotError(slot, recipe.choice(kSlot), true, progress);
                }).contains(kSlot));
        QVERIFY(!bench->predictions().predictedKl(recipe, progress));
        QCOMPARE(bench->calibration().calibrated(recipe).calibration,
                 std::optional<RecipeCalibration>());

        QVERIFY(bench->calibration().measureInputs(calibration(), progress));
        QVERIFY(bench->calibration().canEncode(recipe.choice(kSlot)));
        QVERIFY(bench->slotErrors().slotError(slot, recipe.choice(kSlot), true, progress).relative >
                0);
        const RecipeCalibration named = bench->calibration().calibrated(recipe).calibration.value();
        QCOMPARE(named.text, std::string("calibration.txt"));
        QCOMPARE(named.windows, 8);
        const Recipe plain = uniform(bench->model(), "q4_0", "mse", "gguf");
        QVERIFY(!bench->calibration().calibrated(plain).calibration);
    }

    void recipesNameTheirText()
    {
        const auto bench = openSample();
        Progress progress;
        bench->calibration().measureInputs(calibration(), progress);
        const Recipe recipe =
            bench->calibration().calibrated(uniform(bench->model(), "q4_0", "gptq"));
        QVERIFY(Recipe::fromJson(recipe.toJson()) == recipe);
        CalibrationSettings other = calibration();
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

    /// What is written is what is judged, and comes back from the file.
    void exportsAreWhatWasEncoded()
    {
        const auto bench = openSample();
        Progress progress;
        bench->calibration().measureInputs(calibration(), progress);
        for (const char* scheme : {"q4_0", "q4_k"}) {
            Recipe recipe;
            const Model& model = bench->model();
            applySet(recipe, model, ".*layers.*", {{scheme, "q5_1"}, "gptq"});
            const std::string file = m_folder.filePath("gptq.gguf").toStdString();
            const ExportReport report =
                bench->exports().exportModel(recipe, "gguf", file, progress);
            QVERIFY(report.complete && report.tensorsVerified > 0);
            const auto back = Workbench::open(file, torchEngines());
            const auto inputs = bench->calibration().inputs();
            const int slot = model.graph.findSlot(kSlot);
            const int same = back->model().graph.findSlot(kSlot);
            QVERIFY(same >= 0);
            QCOMPARE(back->model().tensorOf(back->model().graph.slots.at(same)).read().values,
                     bench->calibration()
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
        const auto bench = openSample();
        const Recipe recipe = uniform(bench->model(), "int3-g32-asym", "gptq");
        Progress progress;
        JudgeSettings text;
        text.text = readTextFile(sampleData() + "/evaluation.txt");
        text.windows.windows = 2;
        bench->calibration().measureInputs(calibration(1), progress);
        const double little = judged(*bench, recipe, text).kl.value;
        const int slot = bench->model().graph.findSlot(kSlot);
        const double before =
            bench->slotErrors().slotError(slot, recipe.choice(kSlot), true, progress).meanSquare;
        bench->calibration().measureInputs(calibration(48), progress);
        const double more = judged(*bench, recipe, text).kl.value;
        QVERIFY2(more < little, qPrintable(QString("%1 %2").arg(more).arg(little)));
        QVERIFY(
            bench->slotErrors().slotError(slot, recipe.choice(kSlot), true, progress).meanSquare !=
            before);
    }

    void fitsChooseBetweenMethods()
    {
        const auto bench = openSample();
        Progress progress;
        FitSettings settings;
        settings.bitsPerWeight = 4;
        settings.schemes = {"int2-g32-asym", "int3-g32-asym", "int4-g32-asym", "int6-g32-asym"};
        Recipe start;
        start.target = "safetensors";
        bench->calibration().measureSensitivity(calibration(), progress);
        std::map<std::string, double> predicted;
        for (const std::vector<std::string>& methods :
             {std::vector<std::string>{"mse"}, {"gptq"}, {"mse", "gptq"}}) {
            settings.methods = methods;
            const FitResult fit = bench->fits().fit(start, settings, progress);
            predicted[methods.front() + std::to_string(methods.size())] = fit.predictedKl;
            QCOMPARE(fit.recipe.calibration.has_value(), methods.back() == "gptq");
        }
        QVERIFY(predicted["gptq1"] < 0.85 * predicted["mse1"]);
        QVERIFY(predicted["mse2"] <= predicted["gptq1"] * (1 + 1e-9));
        settings.methods = {};
        QVERIFY(
            refusal([&] { bench->fits().fit(start, settings, progress); }).contains("no method"));
    }

    void fitsNeedTheInputs()
    {
        const auto bench = openSample();
        const auto other = openSample();
        Progress progress;
        other->calibration().setFisher(
            bench->calibration().measureSensitivity(calibration(1), progress));
        FitSettings settings;
        settings.bitsPerWeight = 4;
        settings.methods = {"gptq"};
        QVERIFY(
            refusal([&] { other->fits().fit({}, settings, progress); }).contains("second moments"));
    }
};

QTEST_APPLESS_MAIN(TestGptqRecipe)
#include "tst_gptq_recipe.moc"
