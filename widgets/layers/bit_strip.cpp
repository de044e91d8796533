// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/bit_strip.h"

#include "widgets/base/elided_label.h"
#include "widgets/base/flow_layout.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

BitStrip::BitStrip(QWidget* parent)
    : QWidget(parent)
    , m_count(new QLabel(this))
    , m_rest(new ElidedLabel(this))
    , m_buttons(new QWidget(this))
{
    setObjectName(QStringLiteral("bitStrip"));
    setAccessibleName(tr("Bits of the selected layers"));
    m_count->setObjectName(QStringLiteral("selectedCount"));
    new FlowLayout(m_buttons);
    m_rest->setObjectName(QStringLiteral("selectedRest"));
    auto* row = new QHBoxLayout;
    row->addWidget(m_count, 0, Qt::AlignTop);
    row->addWidget(m_buttons, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 2, 4, 2);
    layout->setSpacing(2);
    layout->addLayout(row);
    layout->addWidget(m_rest);
    setSelectedCount(0);
}

void BitStrip::setOptions(const QList<BitOption>& options)
{
    // The buttons are kept where only their state changed, so that focus and a press in progress
    // last.
    const bool sameIds =
        std::equal(options.begin(), options.end(), m_options.begin(), m_options.end(),
                   [](const BitOption& a, const BitOption& b) { return a.id == b.id; });
    m_options = options;
    if (!sameIds)
        rebuild();
    for (int i = 0; i < m_shown.size(); ++i)
        showOption(*m_shown.at(i), m_options.at(i));
}

void BitStrip::rebuild()
{
    for (QToolButton* button : m_shown)
        button->deleteLater();
    m_shown.clear();
    while (QLayoutItem* item = m_buttons->layout()->takeAt(0))
        delete item;
    for (const BitOption& option : m_options) {
        auto* button = new QToolButton(m_buttons);
        button->setObjectName(QStringLiteral("bits_") +
                              (option.id.isEmpty() ? QStringLiteral("stored") : option.id));
        button->setCheckable(true);
        button->setFocusPolicy(Qt::TabFocus);
        connect(button, &QToolButton::clicked, this, [this, button, id = option.id] {
            button->setChecked(!button->isChecked()); // the application says what is current
            emit schemeChosen(id);
        });
        m_buttons->layout()->addWidget(button);
        button->show();
        m_shown.append(button);
    }
}

void BitStrip::showOption(QToolButton& button, const BitOption& option) const
{
    button.setText(option.label);
    button.setToolTip(option.tooltip);
    button.setAccessibleName(tr("Set to %1").arg(option.label));
    button.setAccessibleDescription(option.tooltip);
    button.setEnabled(option.enabled);
    button.setChecked(option.current);
    QPalette look = palette();
    if (option.current) {
        look.setColor(QPalette::Button, look.color(QPalette::Highlight));
        look.setColor(QPalette::ButtonText, look.color(QPalette::HighlightedText));
    }
    button.setPalette(look);
}

void BitStrip::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        for (int i = 0; i < m_shown.size(); ++i)
            showOption(*m_shown.at(i), m_options.at(i));
}

void BitStrip::setSelectedCount(int count, int fixed, int hidden)
{
    m_count->setText(count > 0   ? tr("%n selected:", nullptr, count)
                     : fixed > 0 ? tr("%n selected, kept as stored: norms, biases", nullptr, fixed)
                                 : tr("Select layers to set their bits"));
    m_buttons->setVisible(count > 0);
    QStringList rest;
    if (count > 0 && fixed > 0)
        rest.append(tr("%n more kept as stored: norms, biases", nullptr, fixed));
    if (hidden > 0)
        rest.append(tr("%n of these hidden by the filter", nullptr, hidden));
    m_rest->setText(rest.join(tr(" · ")));
    m_rest->setVisible(!rest.isEmpty());
}

} // namespace bitloom
