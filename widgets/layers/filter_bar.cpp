// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/filter_bar.h"

#include "widgets/base/icons.h"
#include "widgets/base/wrapped_label.h"

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

namespace bitloom {

FilterBar::FilterBar(QWidget* parent)
    : QWidget(parent)
    , m_edit(new QLineEdit(this))
    , m_regex(toggle(QStringLiteral("layerFilterRegex"), tr("Regular expression")))
    , m_changed(
          toggle(QStringLiteral("layerFilterChanged"), tr("Only layers the last fit changed")))
    , m_note(new WrappedLabel(this))
{
    m_edit->setObjectName(QStringLiteral("layerFilter"));
    m_edit->setAccessibleName(tr("Filter layers"));
    m_edit->setPlaceholderText(tr("Filter layers (Ctrl+F)"));
    m_edit->setClearButtonEnabled(true);
    m_regex->setText(QStringLiteral(".*"));
    m_changed->setIcon(glyph(QStringLiteral("changed")));
    m_note->setObjectName(QStringLiteral("layerNote"));
    m_note->hide();

    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_edit, 0, 0);
    layout->addWidget(m_regex, 0, 1);
    layout->addWidget(m_changed, 0, 2);
    layout->addWidget(m_note, 1, 0, 1, 3);
    connect(m_edit, &QLineEdit::textChanged, this, &FilterBar::changed);
}

QToolButton* FilterBar::toggle(const QString& name, const QString& label)
{
    auto* button = new QToolButton(this);
    button->setObjectName(name);
    button->setCheckable(true);
    button->setToolTip(label);
    button->setAccessibleName(label);
    connect(button, &QToolButton::toggled, this, &FilterBar::changed);
    return button;
}

QString FilterBar::pattern() const
{
    return m_edit->text();
}

bool FilterBar::isRegex() const
{
    return m_regex->isChecked();
}

bool FilterBar::changedOnly() const
{
    return m_changed->isChecked();
}

void FilterBar::setChangedOnly(bool on)
{
    m_changed->setChecked(on);
}

void FilterBar::setNote(const QString& sentence)
{
    m_note->setText(sentence);
    m_note->setVisible(!sentence.isEmpty());
}

} // namespace bitloom
