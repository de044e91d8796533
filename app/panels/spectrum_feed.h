// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"
#include "core/analyze/hessian/slot_curvature.h"
#include "core/analyze/hessian/spectral_density.h"

namespace bitloom {

class SpectrumPanel;
struct Spectrum;

/// Feeds the spectrum: measures the density of the Hessian's eigenvalues on request, and says in a
/// sentence what it means.
class SpectrumFeed : public QObject {
    Q_OBJECT

public:
    SpectrumFeed(ApplicationContext& context, SpectrumPanel* panel);

    /// "About 12 ± 3 of 65,536 directions carry half of the curvature; …".
    static QString meaning(const SpectralDensity& density);

private:
    /// What was asked for.
    struct Question {
        QList<int> slotIndices; ///< empty: the whole model
        CurvatureLoss loss = CurvatureLoss::KullbackLeibler;
    };
    struct Answer {
        SpectralDensity density;
        QString examples; ///< "16 windows of 128 tokens of calibration.txt"
    };
    void clear();
    void measure();
    void receive(const Question& question, const Answer& answer);
    void showState();
    QString titleOf(const Question& question) const;

    ApplicationContext& m_context;
    SpectrumPanel* m_panel;
    QString m_meaning; ///< of the spectrum shown
};

} // namespace bitloom
