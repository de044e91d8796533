// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/workbench/fit_quality.h"

using namespace bitloom;

class TestFitBooks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onBooks()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        FitQuality quality;
        const std::string books = testData() + "/text/childrens_books/";
        quality.calibrate(readTextFile(books + "train_part.txt").substr(0, 200000));
        // A part of the text keeps the suite short; BITLOOM_WHOLE_TEXT evaluates all 108,375
        // predictions.
        quality.text.text = readTextFile(books + "valid.txt");
        quality.text.windows.windows = std::getenv("BITLOOM_WHOLE_TEXT") ? 0 : 10;
        const TextEvaluation original = evaluated(*quality.workbench, std::nullopt, quality.text);
        qInfo("original: perplexity %.4f over %lld tokens", original.perplexity,
              static_cast<long long>(original.tokens));
        checkOrderAndFit(quality);
        const Model& model = quality.workbench->model();
        const double halves =
            evaluated(*quality.workbench, uniform(model, "f16"), quality.text).perplexity;
        const double eights =
            evaluated(*quality.workbench, uniform(model, "q8_0"), quality.text).perplexity;
        QVERIFY(std::abs(halves / original.perplexity - 1) < 1e-6);
        QVERIFY(std::abs(eights / halves - 1) < 0.002);
        // 25.07 with the incomplete last window, which is harder than the rest.
        if (std::getenv("BITLOOM_WHOLE_TEXT"))
            QVERIFY(std::abs(original.perplexity - 25.046) < 0.005);
    }
};

QTEST_APPLESS_MAIN(TestFitBooks)
#include "tst_fit_books.moc"
