// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/preferences.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>

namespace bitloom {

AnalysisSettings loadAnalysisSettings()
{
    const QSettings stored;
    AnalysisSettings settings;
    settings.context = stored.value("analysis/context", settings.context).toInt();
    settings.calibrationWindows =
        stored.value("analysis/calibrationWindows", settings.calibrationWindows).toInt();
    settings.evaluationWindows =
        stored.value("analysis/evaluationWindows", settings.evaluationWindows).toInt();
    settings.engine = stored.value("analysis/engine").toString();
    return settings;
}

void saveAnalysisSettings(const AnalysisSettings& settings)
{
    QSettings stored;
    stored.setValue("analysis/context", settings.context);
    stored.setValue("analysis/calibrationWindows", settings.calibrationWindows);
    stored.setValue("analysis/evaluationWindows", settings.evaluationWindows);
    stored.setValue("analysis/engine", settings.engine);
}

PreferencesDialog::PreferencesDialog(Analysis& analysis, QWidget* parent)
    : QDialog(parent)
    , m_analysis(analysis)
{
    setObjectName("preferences");
    setWindowTitle(tr("Preferences"));
    const AnalysisSettings& settings = analysis.settings();
    m_context = spin("contextSpin", tr("Tokens a window"), 8, 1 << 17, settings.context);
    m_calibration = spin("calibrationSpin", tr("Windows or sentences of calibration text"), 1,
                         100000, settings.calibrationWindows);
    m_evaluation = spin("evaluationSpin", tr("Windows or sentences of evaluation text"), 0, 100000,
                        settings.evaluationWindows);
    m_evaluation->setSpecialValueText(tr("all"));
    m_engine = new QComboBox;
    m_engine->setObjectName("engineCombo");
    m_engine->setAccessibleName(tr("Engine"));
    m_engine->addItem(tr("the fastest, measured at the start"), QString());
    m_engine->addItem(tr("Vulkan"), "vulkan");
    m_engine->addItem(tr("Torch (CPU)"), "torch");
    m_engine->setCurrentIndex(std::max(0, m_engine->findData(settings.engine)));

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Ok)->setObjectName("preferencesOk");
    buttons->button(QDialogButtonBox::Cancel)->setObjectName("preferencesCancel");
    connect(buttons, &QDialogButtonBox::accepted, this, &PreferencesDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &PreferencesDialog::reject);
    auto* form = new QFormLayout(this);
    form->addRow(tr("&Tokens a window"), m_context);
    form->addRow(tr("&Calibration windows or sentences"), m_calibration);
    form->addRow(tr("E&valuation windows or sentences, at most"), m_evaluation);
    form->addRow(tr("&Engine"), m_engine);
    form->addRow(buttons);
}

QSpinBox* PreferencesDialog::spin(const QString& name, const QString& label, int least, int most,
                                  int value)
{
    auto* box = new QSpinBox;
    box->setObjectName(name);
    box->setAccessibleName(label);
    box->setRange(least, most);
    box->setValue(value);
    return box;
}

void PreferencesDialog::accept()
{
    AnalysisSettings settings = m_analysis.settings();
    settings.context = m_context->value();
    settings.calibrationWindows = m_calibration->value();
    settings.evaluationWindows = m_evaluation->value();
    settings.engine = m_engine->currentData().toString();
    m_analysis.setSettings(settings);
    saveAnalysisSettings(settings);
    QDialog::accept();
}

} // namespace bitloom
