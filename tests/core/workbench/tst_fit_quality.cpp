// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/workbench/fit_quality.h"

using namespace bitloom;

class TestFitQuality : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onTheBundledTexts()
    {
        FitQuality quality;
        quality.calibrate(readTextFile(sampleData() + "/calibration.txt"));
        quality.text.text = readTextFile(sampleData() + "/evaluation.txt");
        quality.text.windows.context = 128;
        quality.text.windows.windows = 16;
        checkOrderAndFit(quality);
    }
};

QTEST_APPLESS_MAIN(TestFitQuality)
#include "tst_fit_quality.moc"
