// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/method.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/fit_quality.h"

#include <array>
#include <string_view>

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

/// What slots of one scheme lose by nearest, and by GPTQ that sees the original network's inputs.
struct PlainKl {
    const char* scheme;
    double nearest = 0;
    double gptq = 0;
};

/// GPTQ against nearest, and what is predicted of it.
void checkPlain(const FitQuality& quality, double mostOfNearest, PlainKl& found)
{
    const Model& model = quality.workbench->model();
    found.nearest = quality.measured(linearSlots(model, found.scheme, "nearest"));
    for (const char* method : {"mse", "gptq", "gptq-order"}) {
        const Recipe recipe = linearSlots(model, found.scheme, method);
        const double kl = quality.measured(recipe);
        const double predicted = quality.predicted(recipe);
        qInfo("%s %s: KL %.5f, %.3f of nearest's %.5f; predicted %.5f", found.scheme, method, kl,
              kl / found.nearest, found.nearest, predicted);
        QVERIFY(std::abs(predicted / kl - 1) < 0.15);
        if (methodNamed(method).needsCalibration())
            QVERIFY(kl <= mostOfNearest * found.nearest);
        if (method == std::string_view("gptq"))
            found.gptq = kl;
    }
}

/// GPTQ by what layers see behind quantized ones, which replaces what they see otherwise.
void checkThrough(const FitQuality& quality, double mostOfNearest, const PlainKl& plain)
{
    const Recipe recipe = linearSlots(quality.workbench->model(), plain.scheme, "gptq");
    Progress progress;
    CalibrationSettings fewer = quality.calibration; // a pass through it for each recipe
    fewer.windows = 64;
    quality.workbench->calibration().measureInputs(fewer, progress, &recipe);
    const double through = quality.measured(recipe);
    qInfo("%s gptq by inputs of quantized layers: KL %.5f, %.3f of that by original ones",
          plain.scheme, through, through / plain.gptq);
    QVERIFY(plain.gptq > 0);
    QVERIFY(through <= mostOfNearest * plain.nearest);
    QVERIFY(through != plain.gptq);
}

/// All that needs the original network's inputs comes first: so they are measured once.
void checkGptq(const FitQuality& quality, double mostOfNearest)
{
    std::array found{PlainKl{"int4-g32-asym"}, PlainKl{"int3-g32-asym"}};
    for (PlainKl& plain : found)
        checkPlain(quality, mostOfNearest, plain);
    for (const PlainKl& plain : found)
        checkThrough(quality, mostOfNearest, plain);
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
