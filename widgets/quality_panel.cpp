// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/quality_panel.h"

#include "widgets/icons.h"

#include <QFormLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>

namespace bitloom {

namespace {

const QString kUnknown = QStringLiteral("–");

QString withError(const QString& figure, const std::optional<double>& error)
{
    return error ? QualityPanel::tr("%1 ± %2").arg(figure).arg(*error, 0, 'g', 2) : figure;
}

QString kl(const std::optional<double>& value, const std::optional<double>& error = {})
{
    if (!value)
        return kUnknown;
    return QualityPanel::tr("%1 nats/token").arg(withError(QString::number(*value, 'g', 3), error));
}

QString perplexity(const QualityFigures& figures)
{
    if (!figures.perplexity)
        return kUnknown;
    QString now = withError(QString::number(*figures.perplexity, 'f', 3), figures.standardError);
    if (!figures.originalPerplexity)
        return now;
    const double change = *figures.perplexity / *figures.originalPerplexity - 1;
    return QualityPanel::tr("%1 → %2 (%3 %)")
        .arg(*figures.originalPerplexity, 0, 'f', 3)
        .arg(now, QString::asprintf("%+.2f", change * 100));
}

} // namespace

QualityPanel::QualityPanel(QWidget* parent)
    : QWidget(parent)
    , m_source(new QLabel(this))
    , m_state(new QLabel(this))
    , m_judge(new QPushButton(glyph(QStringLiteral("judge")), tr("&Judge"), this))
{
    setObjectName(QStringLiteral("qualityPanel"));
    setAccessibleName(tr("Quality"));
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_predicted = addFigure(form, QStringLiteral("predictedKl"), tr("Predicted KL"));
    m_kl = addFigure(form, QStringLiteral("measuredKl"), tr("Measured KL"));
    m_klTail = addFigure(form, QStringLiteral("measuredKlP99"), tr("99th percentile"));
    m_agreement = addFigure(form, QStringLiteral("topAgreement"), tr("Same top token"));
    m_perplexity = addFigure(form, QStringLiteral("perplexity"), tr("Perplexity"));
    m_source->setObjectName(QStringLiteral("qualitySource"));
    m_state->setObjectName(QStringLiteral("qualityState"));
    for (QLabel* label : {m_source, m_state}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_judge->setObjectName(QStringLiteral("judge"));
    m_judge->setAccessibleName(tr("Judge quantized against original"));
    connect(m_judge, &QPushButton::clicked, this, &QualityPanel::judgeRequested);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->addWidget(m_state);
    layout->addLayout(form);
    layout->addWidget(m_source);
    layout->addWidget(m_judge, 0, Qt::AlignLeft);
    layout->addStretch(1);
    showFigures();
}

QLabel* QualityPanel::addFigure(QFormLayout* form, const QString& stem, const QString& label)
{
    auto* value = new QLabel(this);
    value->setObjectName(stem);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    value->setAccessibleName(label);
    value->setWordWrap(true);
    form->addRow(label, value);
    return value;
}

void QualityPanel::setPredicted(std::optional<double> klMean)
{
    m_predictedKl = klMean;
    showFigures();
}

void QualityPanel::setMeasured(const std::optional<QualityFigures>& figures)
{
    m_measured = figures;
    showFigures();
}

void QualityPanel::setJudgeEnabled(bool enabled, const QString& why)
{
    m_judge->setEnabled(enabled);
    m_judge->setToolTip(enabled ? QString() : why);
    m_judge->setAccessibleDescription(enabled ? QString() : why);
}

void QualityPanel::showFigures()
{
    const QualityFigures figures = m_measured.value_or(QualityFigures());
    m_predicted->setText(kl(m_predictedKl));
    m_kl->setText(kl(figures.klMean, figures.klStandardError));
    m_klTail->setText(kl(figures.klP99));
    m_agreement->setText(
        figures.topAgreement ? tr("%1 %").arg(*figures.topAgreement * 100, 0, 'f', 1) : kUnknown);
    m_perplexity->setText(perplexity(figures));
    QString source;
    if (m_measured)
        source = tr("Over %1, %2 tokens").arg(figures.textName, QLocale().toString(figures.tokens));
    if (m_measured && !figures.engine.isEmpty())
        source += tr(", by %1").arg(figures.engine);
    m_source->setText(source.isEmpty() ? source : source + u'.');
    m_source->setVisible(!source.isEmpty());
    showState();
}

void QualityPanel::showState()
{
    if (!m_measured)
        m_state->setText(m_predictedKl
                             ? tr("Predicted; Judge measures it.")
                             : tr("Analyse to predict the quality, or judge to measure it."));
    else if (m_measured->outdated)
        m_state->setText(tr("Measured before the last change; judge again."));
    else if (!m_measured->complete)
        m_state->setText(tr("Measured, stopped before the end of the text."));
    else
        m_state->setText(tr("Measured."));
}

} // namespace bitloom
