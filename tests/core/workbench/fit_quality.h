// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the sensitivity is for: its order, its scale, and what a fit gains by it.

#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QtTest>

namespace bitloom {

struct FitQuality {
    std::shared_ptr<Workbench> workbench = openSample();
    EvaluationSettings text;
    CalibrationSettings calibration;

    void calibrate(const std::string& with)
    {
        calibration.text = with;
        Progress progress;
        workbench->calibration().measureSensitivity(calibration, progress);
    }
    double measured(const Recipe& recipe) const
    {
        return evaluated(*workbench, recipe, text).kl.value;
    }
    double predicted(const Recipe& recipe) const
    {
        Progress progress;
        return workbench->predictions().predictedKl(recipe, progress).value();
    }
    Recipe fitted(double bits) const
    {
        Recipe start;
        start.target = "safetensors";
        Progress progress;
        return workbench->fits().fit(start, integerFit(bits), progress).recipe;
    }
};

/// KL(int8) < KL(int6) < KL(int4) < KL(int3) < KL(int2), and the fit beats what is of its size.
inline void checkOrderAndFit(const FitQuality& quality)
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
    QVERIFY(quality.workbench->opened().size(recipe).bitsPerWeight() <= 4.5);
    const double kl = quality.measured(recipe);
    const double predicted = quality.predicted(recipe);
    qInfo("fit at 4.5 bits: KL %.5f, predicted %.5f, uniform %.5f", kl, predicted, fourBits);
    QVERIFY(kl <= 0.5 * fourBits);
    QVERIFY(std::abs(predicted / kl - 1) < 0.15);
}

} // namespace bitloom
