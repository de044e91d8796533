// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/analysis.h"

#include <QDialog>

class QComboBox;
class QSpinBox;

namespace bitloom {

/// Of the user's settings; the texts belong to models (ModelTexts).
AnalysisSettings loadAnalysisSettings();
void saveAnalysisSettings(const AnalysisSettings& settings);

/// How much text the measurements read, and which engine runs them.
class PreferencesDialog : public QDialog {
    Q_OBJECT

public:
    PreferencesDialog(Analysis& analysis, QWidget* parent);

    void accept() override;

private:
    QSpinBox* spin(const QString& name, const QString& label, int least, int most, int value);

    Analysis& m_analysis;
    QSpinBox* m_context = nullptr;
    QSpinBox* m_calibration = nullptr;
    QSpinBox* m_evaluation = nullptr;
    QComboBox* m_engine = nullptr;
};

} // namespace bitloom
