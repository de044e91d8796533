// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/text_notice.h"

#include "widgets/base/elided_label.h"

#include <QVBoxLayout>

namespace bitloom {

TextNotice::TextNotice(QWidget* parent)
    : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_texts = addLine(QStringLiteral("measuringTexts"));
    m_warning = addLine(QStringLiteral("textWarning"));
    QFont bold = m_warning->font();
    bold.setBold(true);
    m_warning->setFont(bold);
}

ElidedLabel* TextNotice::addLine(const QString& name)
{
    auto* label = new ElidedLabel(this);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    label->hide();
    layout()->addWidget(label);
    return label;
}

void TextNotice::setTexts(const QString& line, const QString& details)
{
    m_texts->setText(line);
    m_texts->setToolTip(details);
    m_texts->setAccessibleName(details);
    m_texts->setVisible(!line.isEmpty());
}

void TextNotice::setWarnings(const QStringList& warnings)
{
    const QString all = warnings.join(u' ');
    m_warning->setText(all.isEmpty() ? all : QStringLiteral("⚠ ") + all);
    m_warning->setToolTip(warnings.join(u'\n'));
    m_warning->setAccessibleName(all);
    m_warning->setVisible(!all.isEmpty());
}

} // namespace bitloom
