// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/evaluation_panel.h"

#include "widgets/base/icons.h"
#include "widgets/base/scrolling_layout.h"
#include "widgets/base/tabular.h"
#include "widgets/base/text_notice.h"
#include "widgets/base/wrapped_label.h"

#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

EvaluationPanel::EvaluationPanel(QWidget* parent)
    : QWidget(parent)
    , m_form(new QFormLayout)
    , m_source(new WrappedLabel(this))
    , m_notice(new TextNotice(this))
    , m_state(new WrappedLabel(this))
    , m_evaluate(new QPushButton(glyph(QStringLiteral("evaluate")), tr("Eval&uate"), this))
{
    setObjectName(QStringLiteral("evaluationPanel"));
    setAccessibleName(tr("Evaluation"));
    m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    m_source->setObjectName(QStringLiteral("evaluationSource"));
    m_state->setObjectName(QStringLiteral("evaluationState"));
    for (QLabel* label : {m_source, m_state})
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_evaluate->setObjectName(QStringLiteral("evaluate"));
    m_evaluate->setAccessibleName(tr("Evaluate quantized against original"));
    connect(m_evaluate, &QPushButton::clicked, this, &EvaluationPanel::evaluationRequested);

    QVBoxLayout* layout = scrollingLayout(this);
    layout->addWidget(m_state);
    layout->addLayout(m_form);
    layout->addWidget(m_source);
    layout->addWidget(m_notice);
    layout->addWidget(m_evaluate, 0, Qt::AlignLeft);
    layout->addStretch(1);
    setSource({});
    setState({});
}

void EvaluationPanel::setRows(const QList<EvaluationRow>& rows)
{
    const bool same = std::equal(rows.begin(), rows.end(), m_texts.begin(), m_texts.end(),
                                 [](const EvaluationRow& row, const QLabel* shown) {
                                     return row.name == shown->objectName() &&
                                            row.title == shown->accessibleName();
                                 });
    if (!same)
        rebuild(rows);
    for (qsizetype i = 0; i < rows.size(); ++i)
        showRow(m_texts[i], rows[i]);
}

void EvaluationPanel::showRow(QLabel* text, const EvaluationRow& row)
{
    const bool old = row.isOld && !row.text.isEmpty();
    const QString help = old ? tr("Before the last change. %1").arg(row.help) : row.help;
    text->setText(row.text.isEmpty() ? QStringLiteral("–") : row.text);
    text->setAccessibleDescription(help);
    text->setToolTip(help);
    text->setEnabled(!old);
    text->setWhatsThis(help);
    QWidget* title = m_form->labelForField(text);
    title->setEnabled(!old);
    title->setToolTip(help);
    title->setWhatsThis(help);
}

void EvaluationPanel::rebuild(const QList<EvaluationRow>& rows)
{
    while (m_form->rowCount() > 0)
        m_form->removeRow(0);
    m_texts.clear();
    for (const EvaluationRow& row : rows) {
        auto* text = new WrappedLabel(this);
        text->setObjectName(row.name);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        text->setAccessibleName(row.title);
        useTabularFigures(text);
        m_form->addRow(row.title, text);
        m_texts.append(text);
    }
}

void EvaluationPanel::setSource(const QString& text)
{
    m_source->setText(text);
    m_source->setVisible(!text.isEmpty());
}

void EvaluationPanel::setState(const QString& text)
{
    m_state->setText(text);
    m_state->setVisible(!text.isEmpty());
}

void EvaluationPanel::setEvaluateEnabled(bool enabled, const QString& why)
{
    m_evaluate->setEnabled(enabled);
    m_evaluate->setToolTip(enabled ? QString() : why);
    m_evaluate->setAccessibleDescription(enabled ? QString() : why);
}

} // namespace bitloom
