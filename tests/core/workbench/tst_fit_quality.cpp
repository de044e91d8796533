// SPDX-License-Identifier: GPL-3.0-or-later
// What the sensitivity is for: its order, its scale, and what a fit gains by it. The known figures
// are from allocation experiments on the same model and texts.
#define QT_NO_KEYWORDS // a graph has slots of its own
#include "tests/core/workbench/sample_bench.h"

#include <QtTest>

using namespace bitloom;

namespace {

struct Quality {
    std::shared_ptr<Workbench> workbench = openSample();
    JudgeSettings text;

    void calibrate(const std::string& calibration)
    {
        CalibrationSettings settings;
        settings.text = calibration;
        Progress progress;
        workbench->measureSensitivity(settings, progress);
    }
    double measured(const Recipe& recipe) const { return judged(*workbench, recipe, text).klMean; }
    double predicted(const Recipe& recipe) const
    {
        Progress progress;
        return workbench->predictedKl(recipe, progress).value();
    }
    Recipe fitted(double bits) const
    {
        Recipe start;
        start.target = "any";
        Progress progress;
        return workbench->fit(start, integerFit(bits), progress).recipe;
    }
};

/// KL(int8) < KL(int6) < KL(int4) < KL(int3) < KL(int2), and the fit beats what is of its size.
void checkOrderAndFit(const Quality& quality, double mostOfUniform)
{
    double before = 0;
    double fourBits = 0;
    for (const int bits : {8, 6, 4, 3, 2}) {
        const std::string scheme = "int" + std::to_string(bits) + "-g32-sym";
        const double kl = quality.measured(uniform(quality.workbench->model(), scheme));
        qInfo("%s: KL %.5f", scheme.c_str(), kl);
        QVERIFY(kl > before);
        before = kl;
        if (bits == 4)
            fourBits = kl;
    }
    const Recipe recipe = quality.fitted(4.5);
    QVERIFY(quality.workbench->size(recipe).bitsPerWeight() <= 4.5);
    const double kl = quality.measured(recipe);
    const double predicted = quality.predicted(recipe);
    qInfo("fit at 4.5 bits: KL %.5f, predicted %.5f, uniform %.5f", kl, predicted, fourBits);
    QVERIFY(kl <= mostOfUniform * fourBits);
    QVERIFY(std::abs(predicted / kl - 1) < 0.15);
}

} // namespace

class TestFitQuality : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onTheBundledTexts()
    {
        Quality quality;
        quality.calibrate(readTextFile(sampleData() + "/calibration.txt"));
        quality.text.text = readTextFile(sampleData() + "/evaluation.txt");
        quality.text.windows.context = 128;
        quality.text.windows.windows = 24;
        checkOrderAndFit(quality, 0.5);
    }

    void onBooks()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        Quality quality;
        const std::string books = testData() + "/text/childrens_books/";
        quality.calibrate(readTextFile(books + "train_part.txt").substr(0, 200000));
        // A part of the text keeps the suite short; BITLOOM_WHOLE_TEXT judges all 108,604 tokens.
        quality.text.text = readTextFile(books + "valid.txt");
        quality.text.windows.windows = std::getenv("BITLOOM_WHOLE_TEXT") ? 0 : 16;
        const Judgement original = judged(*quality.workbench, std::nullopt, quality.text);
        qInfo("original: perplexity %.4f over %lld tokens", original.perplexity,
              static_cast<long long>(original.tokens));
        checkOrderAndFit(quality, 0.5);
        const Model& model = quality.workbench->model();
        const double halves =
            judged(*quality.workbench, uniform(model, "f16"), quality.text).perplexity;
        const double eights =
            judged(*quality.workbench, uniform(model, "q8_0"), quality.text).perplexity;
        QVERIFY(std::abs(halves / original.perplexity - 1) < 1e-6);
        QVERIFY(std::abs(eights / halves - 1) < 0.002);
        if (std::getenv("BITLOOM_WHOLE_TEXT"))
            QVERIFY(std::abs(original.perplexity - 25.07) < 0.01);
    }
};

QTEST_APPLESS_MAIN(TestFitQuality)
#include "tst_fit_quality.moc"
