// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/window/welcome_page.h"

#include "widgets/base/icons.h"

#include <QDir>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

QLabel* paragraph(const QString& text, double scale, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignCenter);
    QFont font = label->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(scale > 1.5);
    label->setFont(font);
    return label;
}

} // namespace

WelcomePage::WelcomePage(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("welcomePage"));
    setAccessibleName(tr("Welcome"));
    auto* icon = new QLabel(this);
    icon->setPixmap(applicationIcon().pixmap(QSize(72, 72), devicePixelRatioF()));
    icon->setAlignment(Qt::AlignCenter);

    auto* column = new QVBoxLayout;
    column->setSpacing(12);
    column->addStretch(1);
    column->addWidget(icon);
    column->addWidget(paragraph(tr("Bitloom"), 2.4, this));
    column->addWidget(paragraph(tr("See what each layer of a network can bear, set its bits, "
                                   "compare, export."),
                                1.15, this));
    column->addWidget(buildButtons());
    m_networks = paragraph({}, 1, this);
    m_networks->setObjectName(QStringLiteral("welcomeNetworks"));
    column->addWidget(m_networks);
    column->addWidget(paragraph(tr("Or drop a model anywhere in this window: a Hugging Face folder "
                                   "(config.json, model.safetensors, tokenizer.json), a "
                                   ".safetensors file or a .gguf file."),
                                1, this));
    column->addWidget(buildRecent());
    column->addStretch(2);

    auto* layout = new QHBoxLayout(this);
    layout->addStretch(1);
    layout->addLayout(column, 4);
    layout->addStretch(1);
    setRecent({});
    setNetworks({});
}

void WelcomePage::setNetworks(const QString& text)
{
    m_networks->setText(tr("Opens %1.").arg(text));
    m_networks->setVisible(!text.isEmpty());
}

QWidget* WelcomePage::buildButtons()
{
    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addStretch(1);
    const auto add = [&](const QString& name, const QString& icon, const QString& text,
                         void (WelcomePage::*signal)()) {
        auto* button = new QPushButton(glyph(icon), text, row);
        button->setObjectName(name);
        button->setAccessibleName(QString(text).remove(u'&').remove(u'…'));
        connect(button, &QPushButton::clicked, this, signal);
        layout->addWidget(button);
        return button;
    };
    add(QStringLiteral("welcomeSample"), QStringLiteral("sample"), tr("Open the &sample"),
        &WelcomePage::openSampleRequested)
        ->setDefault(true);
    add(QStringLiteral("welcomeFolder"), QStringLiteral("folder"), tr("Open &folder…"),
        &WelcomePage::openFolderRequested);
    add(QStringLiteral("welcomeFile"), QStringLiteral("file"), tr("Open f&ile…"),
        &WelcomePage::openFileRequested);
    layout->addStretch(1);
    return row;
}

QWidget* WelcomePage::buildRecent()
{
    auto* box = new QWidget(this);
    m_recentTitle = new QLabel(tr("&Recent"), box);
    m_recent = new QListWidget(box);
    m_recent->setObjectName(QStringLiteral("recentModels"));
    m_recent->setAccessibleName(tr("Recent models"));
    m_recent->setTextElideMode(Qt::ElideMiddle);
    m_recentTitle->setBuddy(m_recent);
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_recentTitle);
    layout->addWidget(m_recent);
    const auto open = [this](QListWidgetItem* item) {
        emit recentRequested(item->data(Qt::UserRole).toString());
    };
    connect(m_recent, &QListWidget::itemActivated, this, open);
    // Lists that activate on double click only would leave a single click without effect.
    connect(m_recent, &QListWidget::itemClicked, this, [this, open](QListWidgetItem* item) {
        if (!style()->styleHint(QStyle::SH_ItemView_ActivateItemOnSingleClick, nullptr, m_recent))
            open(item);
    });
    return box;
}

void WelcomePage::setRecent(const QList<RecentModel>& models)
{
    m_recent->clear();
    for (const RecentModel& model : models) {
        const QString path = QDir::toNativeSeparators(model.path);
        const QString text = model.name == path ? path : tr("%1  —  %2").arg(model.name, path);
        auto* item = new QListWidgetItem(text, m_recent);
        item->setData(Qt::UserRole, model.path);
        item->setToolTip(path);
    }
    m_recent->setVisible(!models.isEmpty());
    m_recentTitle->setVisible(!models.isEmpty());
    const int rows = static_cast<int>(std::min<qsizetype>(models.size(), 8));
    m_recent->setMaximumHeight((fontMetrics().height() + 6) * std::max(rows, 2) + 8);
}

} // namespace bitloom
