// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/method.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/fit_quality.h"

using namespace bitloom;

namespace {

/// All slots that something is multiplied with; tables that are looked up stay as they are.
Recipe linearSlots(const Model& model, const std::string& scheme, const std::string& method)
{
    Recipe recipe;
    recipe.target = "safetensors";
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        if (slot.quantizable && slotInput(model.graph, static_cast<int>(i)))
            recipe.slots[slot.name] = {scheme, method, {}, {}, {}};
    }
    return recipe;
}

/// GPTQ against nearest, and what is predicted of it.
void checkGptq(const FitQuality& quality, double mostOfNearest)
{
    const Model& model = quality.workbench->model();
    for (const char* scheme : {"int4-g32-asym", "int3-g32-asym"}) {
        const double nearest = quality.measured(linearSlots(model, scheme, "nearest"));
        for (const char* method : {"mse", "gptq", "gptq-order"}) {
            const Recipe recipe = linearSlots(model, scheme, method);
            const double kl = quality.measured(recipe);
            const double predicted = quality.predicted(recipe);
            qInfo("%s %s: KL %.5f, %.3f of nearest's %.5f; predicted %.5f", scheme, method, kl,
                  kl / nearest, nearest, predicted);
            QVERIFY(std::abs(predicted / kl - 1) < 0.15);
            if (methodNamed(method).needsCalibration())
                QVERIFY(kl <= mostOfNearest * nearest);
        }
        const Recipe recipe = linearSlots(model, scheme, "gptq");
        const double plain = quality.measured(recipe);
        Progress progress;
        quality.workbench->calibration().measureInputs(quality.calibration, progress, &recipe);
        const double through = quality.measured(recipe);
        quality.workbench->calibration().measureInputs(quality.calibration, progress);
        qInfo("%s gptq by inputs of quantized layers: KL %.5f, %.3f of that by original ones",
              scheme, through, through / plain);
        QVERIFY(through <= mostOfNearest * nearest);
        QVERIFY(through != plain);
    }
}

} // namespace

class TestGptqQuality : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onTheBundledTexts()
    {
        FitQuality quality;
        quality.calibrate(readTextFile(sampleData() + "/calibration.txt"));
        quality.text.text = readTextFile(sampleData() + "/evaluation.txt");
        quality.text.windows.context = 128;
        quality.text.windows.windows = 32;
        checkGptq(quality, 0.65);
    }
    void onBooks()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        FitQuality quality;
        quality.workbench =
            Workbench::open(testData() + "/models/gpt2-childrens-books/hf", torchEngines());
        const std::string books = testData() + "/text/childrens_books/";
        quality.calibrate(readTextFile(books + "train_part.txt").substr(0, 200000));
        quality.text.text = readTextFile(books + "valid.txt");
        quality.text.windows.windows = 10;
        checkGptq(quality, 0.55);
    }
};

QTEST_APPLESS_MAIN(TestGptqQuality)
#include "tst_gptq_quality.moc"
